package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Reading ahead changes neither order nor errors and leaves nothing behind. */
@Timeout(60)
class PrefetchSourceTest {
  private final BufferAllocator allocator = new RootAllocator();
  private final WorkerPool workers = new WorkerPool(2);

  @AfterEach
  void close() {
    workers.close();
    allocator.close(); // throws if a byte is still allocated
  }

  /** Batches of one row, 0 and up; notes when two threads are inside at once. */
  private final class Numbers implements BatchSource {
    private final int count;
    private final int failAt;
    private final AtomicBoolean inside = new AtomicBoolean();
    private final CountDownLatch begun = new CountDownLatch(1);
    private int next;
    private volatile boolean overlapped;
    private volatile boolean closed;

    Numbers(int count, int failAt) {
      this.count = count;
      this.failAt = failAt;
    }

    @Override
    public @Nullable RecordBatch next() {
      overlapped |= !inside.compareAndSet(false, true) || closed;
      begun.countDown();
      try {
        if (next == failAt) {
          throw new IllegalStateException("no " + next);
        }
        if (next == count) {
          return null;
        }
        IntVector vector = new IntVector("n", allocator);
        vector.allocateNew(1);
        vector.set(0, next++);
        vector.setValueCount(1);
        return new RecordBatch(List.of(DataType.INTEGER), List.of(vector), 1);
      } finally {
        inside.set(false);
      }
    }

    @Override
    public ScanStatistics statistics() {
      return new ScanStatistics();
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static int value(@Nullable RecordBatch batch) {
    try (RecordBatch owned = batch) {
      return owned == null ? -1 : ((IntVector) owned.column(0)).get(0);
    }
  }

  @Test
  void next_manyBatches_comeInOrderFromOneThreadAtATime() {
    Numbers numbers = new Numbers(5_000, -1);
    try (PrefetchSource source = new PrefetchSource(numbers, workers)) {
      for (int i = 0; i < 5_000; i++) {
        assertThat(value(source.next())).isEqualTo(i);
      }
      assertThat(source.next()).isNull();
      assertThat(source.next()).isNull();
    }
    assertThat(numbers.overlapped).isFalse();
    assertThat(numbers.closed).isTrue();
  }

  @Test
  void next_sourceFails_failsAfterTheBatchesBefore() {
    try (PrefetchSource source = new PrefetchSource(new Numbers(100, 50), workers)) {
      for (int i = 0; i < 50; i++) {
        assertThat(value(source.next())).isEqualTo(i);
      }
      assertThatThrownBy(source::next).hasMessage("no 50");
      assertThatThrownBy(source::next).hasMessage("no 50");
    }
  }

  @Test
  void close_whileReadingAhead_waitsAndReleasesAll() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      Numbers numbers = new Numbers(100, -1);
      PrefetchSource source = new PrefetchSource(numbers, workers);
      assertThat(value(source.next())).isZero();
      assertThat(numbers.begun.await(10, TimeUnit.SECONDS)).isTrue();
      source.close();
      assertThat(allocator.getAllocatedMemory()).isZero();
      assertThat(numbers.overlapped).isFalse();
    }
  }

  @Test
  void next_poolClosed_readsItself() {
    workers.close();
    try (PrefetchSource source = new PrefetchSource(new Numbers(20, -1), workers)) {
      for (int i = 0; i < 20; i++) {
        assertThat(value(source.next())).isEqualTo(i);
      }
    }
  }
}

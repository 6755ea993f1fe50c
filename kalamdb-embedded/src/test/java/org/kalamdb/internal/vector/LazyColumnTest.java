package org.kalamdb.internal.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.schema.DataType;

class LazyColumnTest {
  private final BufferAllocator allocator = new RootAllocator();

  /** One row, the number of times it was read. */
  private final class Counting extends LazyColumn {
    private int reads;
    private boolean fails;

    @Override
    protected FieldVector read() {
      reads++;
      if (fails) {
        throw new IllegalStateException("cannot be read");
      }
      IntVector vector = new IntVector("n", allocator);
      vector.allocateNew(1);
      vector.set(0, reads);
      vector.setValueCount(1);
      return vector;
    }

    @Override
    protected @Nullable DictionaryCodes readCodes() {
      return new DictionaryCodes("d", 1, new int[] {0}, () -> new ColumnView(DataType.INTEGER));
    }
  }

  private static RecordBatch batch(LazyColumn... columns) {
    return RecordBatch.ofLazy(
        List.of(columns).stream().map(column -> DataType.INTEGER).toList(),
        List.of(columns),
        1,
        SelectionVector.all(1));
  }

  @AfterEach
  void memoryIsGivenBack() {
    assertThat(allocator.getAllocatedMemory()).isZero();
    allocator.close();
  }

  @Test
  void column_lookedAtTwice_isReadOnceAndOthersNever() {
    Counting wanted = new Counting();
    Counting other = new Counting();
    try (RecordBatch batch = batch(wanted, other)) {
      assertThat(batch.bytes()).isZero();
      assertThat(batch.column(0)).isSameAs(batch.column(0));
      assertThat(batch.codes(1)).isNotNull();
    }
    other.detach();
    assertThat(wanted.reads).isEqualTo(1);
    assertThat(other.reads).as("nobody wants it after the batch was closed").isZero();
  }

  @Test
  void detach_batchStillOpen_readsWhatWasNotAndHidesCodes() {
    Counting column = new Counting();
    try (RecordBatch batch = batch(column)) {
      column.detach();
      assertThat(column.reads).isEqualTo(1);
      assertThat(batch.codes(0)).isNull();
      assertThat(((IntVector) batch.column(0)).get(0)).isEqualTo(1);
    }
  }

  @Test
  void detach_readFails_failsOnlyWhoLooks() {
    Counting column = new Counting();
    column.fails = true;
    try (RecordBatch batch = batch(column)) {
      column.detach();
      assertThatThrownBy(() -> batch.column(0)).hasMessage("cannot be read");
    }
    assertThat(column.reads).isEqualTo(1);
  }

  @Test
  void rearrange_movesSomeColumns_closesTheOthers() {
    Counting moved = new Counting();
    Counting read = new Counting();
    RecordBatch first = batch(moved, read);
    first.column(1);
    IntVector computed = new IntVector("c", allocator);
    computed.allocateNew(1);
    computed.setValueCount(1);
    try (RecordBatch second =
        first.rearrange(
            List.of(DataType.INTEGER, DataType.INTEGER), new int[] {-1, 0}, List.of(computed))) {
      assertThat(moved.reads).isZero();
      assertThat(second.column(0)).isSameAs(computed);
      assertThat(second.codes(1)).isNotNull();
      assertThat(((IntVector) second.column(1)).get(0)).isEqualTo(1);
    }
  }

  @Test
  void takeColumns_lazyOnes_areTheCallers() {
    RecordBatch batch = batch(new Counting(), new Counting());
    batch.column(1);
    List<FieldVector> taken = batch.takeColumns();
    batch.close();
    assertThat(taken).hasSize(2).allMatch(vector -> vector.getValueCount() == 1);
    taken.forEach(FieldVector::close);
  }

  @Test
  void load_forAnotherThread_readsAll() {
    Counting column = new Counting();
    try (RecordBatch batch = batch(column)) {
      batch.load();
      assertThat(column.reads).isEqualTo(1);
      assertThat(batch.codes(0)).isNull();
      assertThat(batch.bytes()).isPositive();
    }
  }
}

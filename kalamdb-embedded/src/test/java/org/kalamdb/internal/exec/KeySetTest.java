package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/** What a set of keys lets through: all that are in it, NULL never, and few others. */
class KeySetTest {
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void close() {
    allocator.close(); // throws if a byte is still allocated
  }

  private RecordBatch batch(@Nullable Long... values) {
    BigIntVector vector = new BigIntVector("n", allocator);
    vector.allocateNew(values.length);
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        vector.setNull(i);
      } else {
        vector.set(i, values[i]);
      }
    }
    vector.setValueCount(values.length);
    return new RecordBatch(List.of(DataType.BIGINT), List.of(vector), values.length);
  }

  private @Nullable KeySet set(long maxBytes, @Nullable Long... values) {
    try (RowStore rows = new RowStore(allocator)) {
      rows.add(batch(values));
      return KeySet.of(rows, 0, maxBytes);
    }
  }

  private List<Integer> selected(@Nullable KeySet set, @Nullable Long... values) {
    assertThat(set).isNotNull();
    try (RecordBatch batch = batch(values)) {
      ColumnView column = ColumnView.of(batch.column(0), DataType.BIGINT);
      SelectionVector kept = set.select(column, batch.selection());
      return Arrays.stream(kept.viewRows()).limit(kept.size()).boxed().toList();
    }
  }

  @Test
  void select_valuesCloseTogether_isExact() {
    KeySet set = set(1 << 20, -3L, 5L, null, 60_000L);
    assertThat(selected(set, -4L, -3L, null, 4L, 5L, 6L, 60_000L, 60_001L, Long.MIN_VALUE))
        .containsExactly(1, 4, 6);
  }

  @Test
  void select_valuesFarApart_losesNoneAndLetsFewOthersThrough() {
    Random random = new Random(3);
    Set<Long> keys = new HashSet<>(List.of(Long.MIN_VALUE, Long.MAX_VALUE));
    while (keys.size() < 1_000) {
      keys.add(random.nextLong());
    }
    Long[] known = keys.toArray(new Long[0]);
    KeySet set = set(1 << 20, known);
    assertThat(selected(set, known)).hasSize(known.length);
    Long[] others = random.longs(4_000).filter(n -> !keys.contains(n)).boxed().toArray(Long[]::new);
    assertThat(selected(set, others).size()).isLessThan(400);
  }

  @Test
  void of_noValues_letsNothingThrough() {
    assertThat(selected(set(1 << 20, null, null), 0L, 1L, -1L, null)).isEmpty();
  }

  @Test
  void of_tooLarge_isNull() {
    assertThat(set(8, 1L, 1_000_000_000_000L, 7L, 8L, 9L, 10L, 11L, 12L, 13L)).isNull();
  }
}

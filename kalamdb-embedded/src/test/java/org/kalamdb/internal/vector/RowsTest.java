package org.kalamdb.internal.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.junit.jupiter.api.Test;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

class RowsTest {
  @Test
  void hash_equalRows_hashEqual() {
    List<DataType> types = List.of(DataType.DOUBLE, DataType.TEXT, DataType.INTERVAL);
    try (BufferAllocator allocator = new RootAllocator();
        BatchBuilder builder = new BatchBuilder(types, allocator)) {
      builder.appendRow(new Object[] {0.0, "x", new Interval(1, 0, 0)});
      builder.appendRow(new Object[] {-0.0, "x", new Interval(0, 30, 0)});
      builder.appendRow(new Object[] {Double.NaN, null, null});
      builder.appendRow(new Object[] {Double.longBitsToDouble(0x7ff8000000000001L), null, null});
      builder.appendRow(new Object[] {0.0, "y", new Interval(1, 0, 0)});
      try (RecordBatch batch = builder.takeBatch()) {
        ColumnView[] keys = new ColumnView[3];
        for (int i = 0; i < 3; i++) {
          keys[i] = ColumnView.of(batch.column(i), types.get(i));
        }
        long[] hashes = new long[5];
        RowHasher.hash(keys, new int[] {0, 1, 2, 3, 4}, 5, hashes);
        assertThat(hashes[0]).isEqualTo(hashes[1]).isNotEqualTo(hashes[4]);
        assertThat(hashes[2]).isEqualTo(hashes[3]);
        assertThat(RowHasher.equal(keys, 0, keys, 1)).isTrue();
        assertThat(RowHasher.equal(keys, 2, keys, 3)).isTrue();
        assertThat(RowHasher.equal(keys, 0, keys, 4)).isFalse();
      }
    }
  }

  @Test
  void copy_selectedRowsAndMissingRows_areCloseTogether() {
    List<DataType> types = List.of(DataType.BIGINT, DataType.TEXT, DataType.BOOLEAN);
    try (BufferAllocator allocator = new RootAllocator()) {
      try (BatchBuilder builder = new BatchBuilder(types, allocator)) {
        for (long i = 0; i < 1000; i++) {
          builder.appendRow(new Object[] {i, i % 3 == 0 ? null : "t" + i, i % 2 == 0});
        }
        try (RecordBatch batch = builder.takeBatch()) {
          batch.select(SelectionVector.of(new int[] {3, 500, 998}, 3));
          try (RecordBatch copy = VectorCopier.copyBatch(batch, allocator)) {
            assertThat(copy.rowCount()).isEqualTo(3);
            assertThat(VectorTypes.readValue(copy.column(0), DataType.BIGINT, 1)).isEqualTo(500L);
            assertThat(VectorTypes.readValue(copy.column(1), DataType.TEXT, 0)).isNull();
            assertThat(VectorTypes.readValue(copy.column(1), DataType.TEXT, 2)).isEqualTo("t998");
            assertThat(VectorTypes.readValue(copy.column(2), DataType.BOOLEAN, 2)).isEqualTo(true);
          }
          ColumnView text = ColumnView.of(batch.column(1), DataType.TEXT);
          try (FieldVector copy =
              VectorCopier.copyRowsOrNull(text, new int[] {4, -1, 1}, 3, allocator)) {
            assertThat(VectorTypes.readValue(copy, DataType.TEXT, 0)).isEqualTo("t4");
            assertThat(copy.isNull(1)).isTrue();
            assertThat(VectorTypes.readValue(copy, DataType.TEXT, 2)).isEqualTo("t1");
          }
        }
      }
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }
}

package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/** Different keys have different packed forms, and groups are the same with and without them. */
class ShortKeysTest {
  private static final List<DataType> TYPES =
      List.of(DataType.TEXT, DataType.INTEGER, DataType.TEXT);

  @Test
  void assign_randomShortAndLongKeys_numbersEachCombinationOnce() {
    long seed = 17;
    Random random = new Random(seed);
    String[] texts = {
      "", "a", "b", "ab", "ba", "abc", "\u0001", "\u0001\u0001", "seven b", "eight by", null
    };
    Map<List<@Nullable Object>, Integer> expected = new HashMap<>();
    try (RootAllocator allocator = new RootAllocator();
        ColumnGroupTable table = new ColumnGroupTable(TYPES, allocator)) {
      for (int batch = 0; batch < 40; batch++) {
        List<ColumnWriter> writers =
            TYPES.stream().map(type -> new ColumnWriter(type, allocator)).toList();
        writers.forEach(writer -> writer.begin(500));
        int[] wanted = new int[500];
        int[] rows = new int[500];
        for (int row = 0; row < 500; row++) {
          Object a = texts[random.nextInt(texts.length)];
          Object b = random.nextInt(5) == 0 ? null : random.nextInt(3) - 1;
          Object c = texts[random.nextInt(texts.length)];
          writers.get(0).setObject(row, a);
          writers.get(1).setObject(row, b);
          writers.get(2).setObject(row, c);
          rows[row] = row;
          wanted[row] = expected.computeIfAbsent(Arrays.asList(a, b, c), k -> expected.size());
        }
        ColumnView[] keys =
            writers.stream().map(writer -> writer.finish(500)).toArray(ColumnView[]::new);
        int[] groups = new int[500];
        table.assign(keys, rows, 500, groups);
        assertThat(groups).as("seed %s", seed).isEqualTo(wanted);
        writers.forEach(ColumnWriter::close);
      }
      assertThat(table.groupCount()).as("seed %s", seed).isEqualTo(expected.size());
    }
  }
}

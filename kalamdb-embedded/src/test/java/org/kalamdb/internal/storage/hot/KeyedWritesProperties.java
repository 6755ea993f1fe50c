package org.kalamdb.internal.storage.hot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

class KeyedWritesProperties {
  private static final TableDefinition TABLE =
      new TableDefinition(
          7,
          TableId.of("chat", "messages"),
          TableType.SHARED,
          List.of(
              new TableSchema(
                  1,
                  List.of(new ColumnSchema(1, "id", DataType.BIGINT, false, null, null)),
                  List.of(0))),
          TableOptions.DEFAULTS);

  @Property(tries = 500)
  void forEach_keysInAnyOrder_isASortedMap(@ForAll Random random) {
    KeyedWrites writes = new KeyedWrites();
    TreeMap<byte[], RowWrite> model = new TreeMap<>(Arrays::compareUnsigned);
    int count = random.nextInt(60);
    boolean mostlyAscending = random.nextBoolean();
    int last = 0;
    for (int i = 0; i < count; i++) {
      last =
          mostlyAscending && random.nextInt(5) > 0
              ? last + 1 + random.nextInt(3)
              : random.nextInt(200);
      byte[] key = key(last, random);
      assertThat(writes.get(key)).isSameAs(model.get(key));
      if (!model.containsKey(key)) {
        RowWrite write = new RowWrite(TABLE, null, key, null, new Object[] {(long) i});
        writes.add(write);
        model.put(key, write);
      }
      assertThat(writes.size()).isEqualTo(model.size());
      assertThat(writes.isEmpty()).isEqualTo(model.isEmpty());
    }
    byte[] from = key(random.nextInt(200), random);
    byte @Nullable [] to = random.nextInt(4) == 0 ? null : key(200 + random.nextInt(56), random);
    List<RowWrite> found = new ArrayList<>();
    writes.forEach(from, to, found::add);
    assertThat(found)
        .containsExactlyElementsOf(
            (to == null ? model.tailMap(from, true) : model.subMap(from, true, to, false))
                .values());
    model.forEach((key, write) -> assertThat(writes.get(key)).isSameAs(write));
  }

  /** One byte or two: keys may begin others. */
  private static byte[] key(int number, Random random) {
    return random.nextInt(3) == 0
        ? new byte[] {(byte) number, (byte) random.nextInt(3)}
        : new byte[] {(byte) number};
  }
}

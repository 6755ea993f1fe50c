package org.kalamdb.internal.storage.row;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/** The bytes that docs/reference/on-disk-format.md shows are those that are written. */
class OnDiskFormatPageTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "on-disk-format.md");

  @Test
  void row_ofThePage_hasTheBytesOfThePage() throws IOException {
    TableSchema schema =
        new TableSchema(
            3,
            List.of(
                new ColumnSchema(1, "id", DataType.INTEGER, false, null, null),
                new ColumnSchema(2, "a", DataType.TEXT, true, null, null),
                new ColumnSchema(3, "b", DataType.BOOLEAN, true, null, null)),
            List.of(0));
    TableDefinition table =
        new TableDefinition(
            258,
            TableId.of("default", "t"),
            TableType.SHARED,
            List.of(schema),
            TableOptions.DEFAULTS);
    @Nullable Object[] row = {7, "ab", null};
    assertThat(RowKeys.rowKey(table, null, row)).isEqualTo(bytesOfThePage("key"));
    assertThat(new RowCodec(schema).encode(row, 1000, false)).isEqualTo(bytesOfThePage("value"));
  }

  private static byte[] bytesOfThePage(String name) throws IOException {
    String line =
        Files.readAllLines(PAGE).stream()
            .filter(l -> l.matches(name + " +[0-9a-f]{2} .*"))
            .findFirst()
            .orElseThrow();
    return HexFormat.of().parseHex(line.substring(name.length()).replace(" ", ""));
  }
}

package org.kalamdb.internal.storage.manifest;

import java.util.List;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

final class ManifestFixture {
  static final TableDefinition TABLE =
      new TableDefinition(
          7,
          TableId.of("chat", "messages"),
          TableType.USER,
          List.of(
              new TableSchema(
                  1,
                  List.of(new ColumnSchema(1, "id", DataType.BIGINT, false, null, null)),
                  List.of(0))),
          TableOptions.DEFAULTS);

  private ManifestFixture() {}

  static SegmentEntry entry(long number) {
    return new SegmentEntry(
        number,
        "chat/users/messages/ab/u/" + number + ".parquet",
        1,
        1000 + number,
        Long.MAX_VALUE,
        99,
        -5,
        new byte[] {(byte) (200 - number), 0, -1},
        new byte[] {-1},
        1,
        1L << 62,
        3,
        4,
        1_700_000_000_000L,
        List.of(
            new ColumnStatistics(1, new byte[] {1, 2}, new byte[0], 0, 7),
            new ColumnStatistics(300, null, null, 12, 0)));
  }
}

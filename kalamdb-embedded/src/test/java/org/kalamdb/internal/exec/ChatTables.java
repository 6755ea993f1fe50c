package org.kalamdb.internal.exec;

import java.math.BigDecimal;
import java.util.List;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableType;

/** The tables the SQL tests share. */
final class ChatTables {
  private ChatTables() {}

  /**
   * {@code users(id, name, age)}, {@code orders(id, user_id, amount, note)} shared; {@code
   * messages(conversation, id, content)} of alice and bob; {@code events} a stream.
   */
  static TestBed open() {
    TestBed bed = new TestBed(42);
    TableDefinition users =
        bed.shared(
            "users",
            List.of(0),
            "id",
            DataType.INTEGER,
            "name",
            DataType.TEXT,
            "age",
            DataType.SMALLINT);
    TableDefinition orders =
        bed.shared(
            "orders",
            List.of(0),
            "id",
            DataType.BIGINT,
            "user_id",
            DataType.INTEGER,
            "amount",
            DataType.decimal(10, 2),
            "note",
            DataType.varchar(20));
    TableDefinition messages =
        bed.create(
            TableType.USER,
            "messages",
            List.of(0, 1),
            "conversation",
            DataType.TEXT,
            "id",
            DataType.BIGINT,
            "content",
            DataType.TEXT);
    bed.create(
        TableType.STREAM, "events", List.of(), "kind", DataType.TEXT, "payload", DataType.JSON);

    InMemoryTableReader rows = bed.reader();
    rows.insert(users, null, 1, "ann", (short) 31);
    rows.insert(users, null, 2, "ben", (short) 25);
    rows.insert(users, null, 3, "cy", null);
    rows.insertDeleted(users, null, 4, "gone", (short) 99);
    rows.insert(orders, null, 10L, 1, new BigDecimal("5.00"), "first");
    rows.insert(orders, null, 11L, 1, new BigDecimal("7.50"), null);
    rows.insert(orders, null, 12L, 2, new BigDecimal("1.25"), "x");
    rows.insert(orders, null, 13L, 9, null, "nobody");
    for (long id = 1; id <= 6; id++) {
      rows.insert(messages, TestBed.ALICE, id % 2 == 0 ? "even" : "odd", id, "alice " + id);
    }
    rows.insert(messages, TestBed.BOB, "even", 2L, "bob 2");
    return bed;
  }
}

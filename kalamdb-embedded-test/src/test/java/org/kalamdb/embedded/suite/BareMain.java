package org.kalamdb.embedded.suite;

import java.nio.file.Path;
import java.util.List;
import org.kalamdb.KalamDB;
import org.kalamdb.query.Row;

/**
 * A first program of a user: writes, flushes, reads back, opens again. Its last line is {@code ok}.
 */
final class BareMain {
  private static final int FLUSHED_ROWS = 100;
  private static final String TOTALS = "SELECT COUNT(*), SUM(id) FROM bare.notes";

  private BareMain() {}

  public static void main(String[] arguments) {
    Path directory = Path.of(arguments[0]);
    try (KalamDB db = KalamDB.open(directory)) {
      db.execute("CREATE NAMESPACE bare");
      db.execute("CREATE SHARED TABLE bare.notes (id BIGINT PRIMARY KEY, note TEXT NOT NULL)");
      for (long id = 1; id <= FLUSHED_ROWS; id++) {
        db.execute("INSERT INTO bare.notes (id, note) VALUES (?, ?)", id, "note " + id);
      }
      db.execute("STORAGE FLUSH TABLE bare.notes");
      db.execute("INSERT INTO bare.notes (id, note) VALUES (?, ?)", 101L, "hot");
      expectTotals(db.query(TOTALS).list());
    }
    try (KalamDB db = KalamDB.open(directory)) {
      expectTotals(db.query(TOTALS).list());
      expect("note 7", db.query("SELECT note FROM bare.notes WHERE id = ?", 7L).single().get(0));
      expect("hot", db.query("SELECT note FROM bare.notes WHERE id = ?", 101L).single().get(0));
    }
    System.out.println("ok");
  }

  private static void expectTotals(List<Row> rows) {
    expect(1, rows.size());
    expect(101L, rows.get(0).getLong(0));
    expect(101L * 102 / 2, rows.get(0).getLong(1));
  }

  private static void expect(Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new IllegalStateException("Expected " + expected + " but read " + actual);
    }
  }
}

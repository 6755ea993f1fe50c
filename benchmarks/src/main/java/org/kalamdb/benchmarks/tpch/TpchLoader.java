package org.kalamdb.benchmarks.tpch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;

/** Creates the tables of TPC-H in a namespace of their own and fills them in batches. */
final class TpchLoader {
  private static final int BATCH = 5_000;

  private final Session session;
  private final String namespace;
  private final double scale;

  TpchLoader(Session session, String namespace, double scale) {
    this.session = session;
    this.namespace = namespace;
    this.scale = scale;
  }

  /** Leaves the session in the namespace. */
  void createTables() {
    session.execute("CREATE NAMESPACE " + namespace);
    session.useNamespace(namespace);
    TpchQueries.tables().forEach(session::execute);
  }

  /**
   * Inserts every {@code step}-th row from {@code first} on.
   *
   * @param progress told the table and its rows so far after each batch
   */
  void load(int first, int step, BiConsumer<String, Long> progress) {
    for (String table : TpchRows.tables()) {
      load(table, first, step, progress);
    }
  }

  private void load(String table, int first, int step, BiConsumer<String, Long> progress) {
    TpchRows rows = TpchRows.of(table, scale);
    String marks = String.join(", ", Collections.nCopies(rows.columns(), "?"));
    try (PreparedQuery insert =
        session.prepare("INSERT INTO " + table + " VALUES (" + marks + ")")) {
      List<Object[]> batch = new ArrayList<>(BATCH);
      long number = 0;
      long inserted = 0;
      for (Object[] row : rows) {
        if (number++ % step == first) {
          batch.add(row);
        }
        if (batch.size() == BATCH) {
          insert.executeBatch(batch);
          inserted += batch.size();
          progress.accept(table, inserted);
          batch.clear();
        }
      }
      insert.executeBatch(batch);
      progress.accept(table, inserted + batch.size());
    }
  }

  /** Moves all rows to the cold tier. */
  void flush() {
    for (String table : TpchRows.tables()) {
      session.execute("STORAGE FLUSH TABLE " + namespace + "." + table);
    }
  }
}

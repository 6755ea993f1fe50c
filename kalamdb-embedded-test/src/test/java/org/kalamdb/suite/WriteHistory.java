package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TestDatabase;

/**
 * Random writing statements of all forms on {@code w (id, k UNIQUE, v CHECK (v < 90), d DEFAULT 7,
 * g = v + 1)}, some of them from a table {@code s (id, k, v)}, and the map that they must agree
 * with.
 */
final class WriteHistory implements AutoCloseable {
  private static final int IDS = 24;
  private static final int KEYS = 20;

  private final TestDatabase database;
  private final boolean perUser;
  private final Random random;
  private TreeMap<Integer, Row> rows = new TreeMap<>();
  private List<Source> sources = List.of();
  private Session admin;
  private Session session;
  private boolean indexed;
  private int files;

  private record Row(Integer k, Integer v, Integer d) {}

  private record Source(int id, Integer k, Integer v) {
    Row row() {
      return new Row(k, v, 7);
    }
  }

  /** A statement that must fail. */
  private static final class Fails extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String state;

    Fails(String state) {
      super(state);
      this.state = state;
    }
  }

  WriteHistory(TestDatabase database, boolean perUser, long seed) {
    this.database = database;
    this.perUser = perUser;
    this.random = new Random(seed);
    openSessions();
    String table = perUser ? "CREATE USER TABLE " : "CREATE TABLE ";
    admin.execute("CREATE NAMESPACE h; USE h");
    admin.execute(
        table
            + "w (id INT PRIMARY KEY, k INT UNIQUE, v INT CHECK (v < 90), d INT DEFAULT 7,"
            + " g INT GENERATED ALWAYS AS (v + 1) STORED)");
    admin.execute(table + "s (id INT PRIMARY KEY, k INT, v INT)");
    session.execute("USE h");
  }

  private void openSessions() {
    admin = database.db().session();
    session = perUser ? database.db().session("alice") : database.db().session();
  }

  void reopen() {
    close();
    database.reopen();
    openSessions();
    admin.execute("USE h");
    session.execute("USE h");
  }

  @Override
  public void close() {
    session.close();
    admin.close();
  }

  /** Does one random thing to the table and to the map; returns what. */
  String step() {
    int pick = random.nextInt(100);
    if (pick < 10) {
      admin.execute("STORAGE FLUSH ALL");
      return "flush";
    } else if (pick < 12) {
      admin.execute("STORAGE COMPACT ALL");
      return "compact";
    } else if (pick < 14) {
      reopen();
      return "reopen";
    } else if (pick < 16) {
      admin.execute(indexed ? "DROP INDEX by_v" : "CREATE INDEX by_v ON w (v, k DESC)");
      indexed = !indexed;
      return "index: " + indexed;
    } else if (pick < 19 && !perUser) {
      return copy();
    } else if (pick < 30) {
      return transaction();
    }
    return write(true);
  }

  private String transaction() {
    TreeMap<Integer, Row> before = rows;
    session.execute("BEGIN");
    StringBuilder what = new StringBuilder("BEGIN");
    for (int i = random.nextInt(5); i >= 0; i--) {
      what.append("; ").append(write(false));
      check();
    }
    if (random.nextBoolean()) {
      session.execute("COMMIT");
      return what + "; COMMIT";
    }
    session.execute("ROLLBACK");
    rows = before;
    return what + "; ROLLBACK";
  }

  private String copy() {
    Path file =
        database.scratch().resolve("w" + files++ + (random.nextBoolean() ? ".parquet" : ".csv"));
    session.execute("COPY w (id, k, v, d) TO '" + file + "'");
    session.execute("TRUNCATE w");
    session.execute("COPY w (id, k, v, d) FROM '" + file + "'");
    return "copy through " + file.getFileName();
  }

  private Integer orNull(int value) {
    return random.nextInt(6) == 0 ? null : value;
  }

  /**
   * Runs a statement that does {@code change} to the map, or fails as it does. Inside a transaction
   * only what succeeds is run.
   */
  private String run(
      boolean mayFail, String sql, Consumer<TreeMap<Integer, Row>> change, Object... parameters) {
    TreeMap<Integer, Row> after = new TreeMap<>(rows);
    String state = null;
    try {
      change.accept(after);
    } catch (Fails e) {
      state = e.state;
    }
    String what = sql + " " + List.of(parameters) + " from " + sources + ": " + state;
    try {
      if (state == null) {
        session.execute(sql, parameters);
        rows = after;
      } else if (mayFail) {
        refused(state, () -> session.execute(sql, parameters));
      }
    } catch (KalamException | AssertionError e) {
      throw new AssertionError(what + " on " + rows, e);
    }
    return what;
  }

  private String write(boolean mayFail) {
    int bound = random.nextInt(90);
    switch (random.nextInt(12)) {
      case 0, 1 -> {
        newSources();
        return run(
            mayFail,
            "INSERT INTO w (id, k, v) " + fromSources(),
            map -> sources.forEach(row -> insert(map, row)));
      }
      case 2 -> {
        newSources();
        boolean any = random.nextBoolean();
        return run(
            mayFail,
            "INSERT INTO w (id, k, v) "
                + fromSources()
                + (any ? " ON CONFLICT DO NOTHING" : " ON CONFLICT (id) DO NOTHING"),
            map -> sources.forEach(row -> insertUnlessThere(map, row, any)));
      }
      case 3, 4 -> {
        newSources();
        return run(
            mayFail,
            "INSERT INTO w AS o (id, k, v) "
                + fromSources()
                + " ON CONFLICT (id) DO UPDATE SET k = excluded.k, v = excluded.v + 1, d = DEFAULT"
                + " WHERE o.v IS NULL OR o.v < ?",
            map -> sources.forEach(row -> insertOrUpdate(map, row, bound)),
            bound);
      }
      case 5 -> {
        newSources();
        return run(
            mayFail,
            "UPDATE w SET k = s.k, v = s.v, d = w.v FROM s WHERE s.id = w.id",
            map -> change(map, this::updatedFromSource));
      }
      case 6 -> {
        newSources();
        return run(
            mayFail,
            "DELETE FROM w USING s WHERE s.k = w.k AND w.id > s.id",
            map ->
                map.entrySet()
                    .removeIf(
                        at ->
                            sources.stream()
                                .anyMatch(
                                    s ->
                                        s.k() != null
                                            && s.k().equals(at.getValue().k())
                                            && at.getKey() > s.id())));
      }
      case 7, 8 -> {
        newSources();
        return run(
            mayFail,
            "MERGE INTO w USING s ON w.id = s.id WHEN MATCHED AND s.v IS NULL THEN DELETE WHEN"
                + " MATCHED THEN UPDATE SET k = s.k, v = s.v WHEN NOT MATCHED AND s.v > 5 THEN"
                + " INSERT (id, k, v) VALUES (s.id, s.k, s.v) WHEN NOT MATCHED BY SOURCE AND w.v ="
                + " 3 THEN UPDATE SET v = 4",
            this::merge);
      }
      case 9 -> {
        return run(
            mayFail,
            "WITH gone AS (DELETE FROM w WHERE v >= ? RETURNING id, k, v),"
                + " kept AS (UPDATE w SET d = 1 WHERE v < ?)"
                + " INSERT INTO w (id, k, v) SELECT id + 1, k, v FROM gone",
            map -> moveByParts(map, bound),
            bound,
            bound);
      }
      case 10 -> {
        int by = random.nextInt(5) - 2;
        return run(
            mayFail,
            "UPDATE w SET id = id + ?, v = (SELECT count(*) FROM w AS o WHERE o.id < w.id) WHERE v"
                + " > ? OR k = 3",
            map -> moveKeys(map, by, bound),
            by,
            bound);
      }
      default -> {
        if (random.nextInt(4) > 0) {
          return run(
              mayFail,
              "UPDATE w SET v = v + 7 WHERE k BETWEEN ? AND ?",
              map -> change(map, (id, row) -> plusSeven(row, bound % KEYS)),
              bound % KEYS,
              bound % KEYS + 4);
        }
        return run(mayFail, "TRUNCATE w", TreeMap::clear);
      }
    }
  }

  /** Fills {@code s}; inside and outside of transactions alike. */
  private void newSources() {
    TreeSet<Integer> ids = new TreeSet<>();
    for (int i = random.nextInt(6); i >= 0; i--) {
      ids.add(random.nextInt(IDS));
    }
    List<Source> fresh = new ArrayList<>();
    session.execute("DELETE FROM s");
    for (int id : ids) {
      Source row = new Source(id, orNull(random.nextInt(KEYS)), orNull(random.nextInt(93)));
      session.execute("INSERT INTO s VALUES (?, ?, ?)", row.id(), row.k(), row.v());
      fresh.add(row);
    }
    sources = fresh;
  }

  private static String fromSources() {
    return "SELECT * FROM s ORDER BY id";
  }

  private static void checkValue(Integer v) {
    if (v != null && v >= 90) {
      throw new Fails("23514");
    }
  }

  private static boolean isTaken(Map<Integer, Row> map, Integer k, int except) {
    return k != null
        && map.entrySet().stream()
            .anyMatch(at -> at.getKey() != except && k.equals(at.getValue().k()));
  }

  private static void insert(TreeMap<Integer, Row> map, Source row) {
    checkValue(row.v());
    if (map.containsKey(row.id()) || isTaken(map, row.k(), Integer.MIN_VALUE)) {
      throw new Fails("23505");
    }
    map.put(row.id(), row.row());
  }

  private static void insertUnlessThere(TreeMap<Integer, Row> map, Source row, boolean any) {
    checkValue(row.v());
    if (!map.containsKey(row.id()) && !(any && isTaken(map, row.k(), Integer.MIN_VALUE))) {
      insert(map, row);
    }
  }

  private static void insertOrUpdate(TreeMap<Integer, Row> map, Source row, int bound) {
    checkValue(row.v());
    Row there = map.get(row.id());
    if (there == null) {
      insert(map, row);
    } else if (there.v() == null || there.v() < bound) {
      Integer v = row.v() == null ? null : Integer.valueOf(row.v() + 1);
      checkValue(v);
      if (isTaken(map, row.k(), row.id())) {
        throw new Fails("23505");
      }
      map.put(row.id(), new Row(row.k(), v, 7));
    }
  }

  /** What a row becomes; null: it stays. */
  private interface RowChange {
    Row apply(int id, Row row);
  }

  private Row updatedFromSource(int id, Row row) {
    return sources.stream()
        .filter(s -> s.id() == id)
        .map(s -> new Row(s.k(), s.v(), row.v()))
        .findFirst()
        .orElse(null);
  }

  private static Row plusSeven(Row row, int from) {
    boolean hit = row.k() != null && row.k() >= from && row.k() <= from + 4;
    return hit ? new Row(row.k(), row.v() == null ? null : row.v() + 7, row.d()) : null;
  }

  private static void change(TreeMap<Integer, Row> map, RowChange change) {
    for (Map.Entry<Integer, Row> at : new TreeMap<>(map).entrySet()) {
      Row updated = change.apply(at.getKey(), at.getValue());
      if (updated != null) {
        checkValue(updated.v());
        map.put(at.getKey(), updated);
      }
    }
    requireDistinct(map);
  }

  private static void requireDistinct(Map<Integer, Row> map) {
    List<Integer> keys = map.values().stream().map(Row::k).filter(Objects::nonNull).toList();
    if (new TreeSet<>(keys).size() < keys.size()) {
      throw new Fails("23505");
    }
  }

  private void merge(TreeMap<Integer, Row> map) {
    TreeSet<Integer> before = new TreeSet<>(map.keySet());
    sources.forEach(
        s -> {
          if (s.v() == null) {
            map.remove(s.id());
          }
        });
    change(
        map,
        (id, row) -> {
          Row merged = updatedFromSource(id, row);
          boolean bySource = sources.stream().anyMatch(s -> s.id() == id);
          return merged != null
              ? new Row(merged.k(), merged.v(), row.d())
              : !bySource && Objects.equals(row.v(), 3) ? new Row(row.k(), 4, row.d()) : null;
        });
    for (Source s : sources) {
      if (!before.contains(s.id()) && s.v() != null && s.v() > 5) {
        insert(map, s);
      }
    }
  }

  private static void moveByParts(TreeMap<Integer, Row> map, int bound) {
    TreeMap<Integer, Row> gone = new TreeMap<>();
    for (Map.Entry<Integer, Row> at : new TreeMap<>(map).entrySet()) {
      Row row = at.getValue();
      if (row.v() != null && row.v() >= bound) {
        gone.put(at.getKey(), row);
        map.remove(at.getKey());
      } else if (row.v() != null) {
        map.put(at.getKey(), new Row(row.k(), row.v(), 1));
      }
    }
    gone.forEach((id, row) -> insert(map, new Source(id + 1, row.k(), row.v())));
  }

  private static void moveKeys(TreeMap<Integer, Row> map, int by, int bound) {
    TreeMap<Integer, Row> moved = new TreeMap<>();
    TreeMap<Integer, Row> before = new TreeMap<>(map);
    before.forEach(
        (id, row) -> {
          if ((row.v() != null && row.v() > bound) || Objects.equals(row.k(), 3)) {
            map.remove(id);
            moved.put(id + by, new Row(row.k(), before.headMap(id).size(), row.d()));
          }
        });
    moved.forEach(
        (id, row) -> {
          checkValue(row.v());
          if (map.put(id, row) != null) {
            throw new Fails("23505");
          }
        });
  }

  /** Rows are the map's, by scan, by the unique index and by the other one. */
  void check() {
    assertThat(Sql.rows(session, "SELECT * FROM w ORDER BY id"))
        .as("rows")
        .isEqualTo(rows.entrySet().stream().map(WriteHistory::text).toList());
    for (int k = 0; k < KEYS; k += 1 + random.nextInt(4)) {
      int wanted = k;
      checkIds("k = " + k, row -> Objects.equals(row.k(), wanted));
    }
    int v = random.nextInt(90);
    checkIds("v = " + v, row -> Objects.equals(row.v(), v));
    checkIds("v > " + v, row -> row.v() != null && row.v() > v);
    checkIds(
        "v < " + v + " AND k > 4",
        row -> row.v() != null && row.v() < v && row.k() != null && row.k() > 4);
  }

  private void checkIds(String condition, Predicate<Row> expected) {
    assertThat(Sql.rows(session, "SELECT id FROM w WHERE " + condition + " ORDER BY id"))
        .as(condition)
        .isEqualTo(
            rows.entrySet().stream()
                .filter(at -> expected.test(at.getValue()))
                .map(at -> String.valueOf(at.getKey()))
                .toList());
  }

  private static String text(Map.Entry<Integer, Row> at) {
    Row row = at.getValue();
    return at.getKey()
        + "|"
        + row.k()
        + "|"
        + row.v()
        + "|"
        + row.d()
        + "|"
        + (row.v() == null ? null : Integer.valueOf(row.v() + 1));
  }
}

package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.suite.TableModelProperties.Model;
import org.kalamdb.test.TestDatabase;

/** Random statements on one table and the map of each user that they must agree with. */
final class TableHistory implements AutoCloseable {
  private static final List<String> USERS = List.of("alice", "bob", "../b\0b");

  private final TestDatabase database;
  private final TableShape shape;
  private final Random random;
  private final List<Model> models = new ArrayList<>();
  private List<Session> sessions = new ArrayList<>();

  /**
   * The user of the present step; for a shared table there is one model and a session of the
   * application.
   */
  private int user;

  private int written;

  TableHistory(TestDatabase database, TableShape shape, long seed) {
    this.database = database;
    this.shape = shape;
    this.random = new Random(seed);
    for (int i = 0; i < (shape.perUser() ? USERS.size() : 1); i++) {
      models.add(new Model(shape));
    }
    openSessions();
  }

  private void openSessions() {
    sessions = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      sessions.add(shape.perUser() ? database.db().session(USERS.get(i)) : database.db().session());
    }
  }

  void reopen() {
    close();
    database.reopen();
    openSessions();
  }

  @Override
  public void close() {
    sessions.forEach(Session::close);
  }

  private Session session() {
    return sessions.get(user);
  }

  private Model model() {
    return models.get(user);
  }

  /** Does one random thing to the table and to the model; returns what. */
  String step() {
    user = random.nextInt(models.size());
    int pick = random.nextInt(100);
    if (pick < 12) {
      database.db().execute("STORAGE FLUSH TABLE m.t");
      return "flush";
    } else if (pick < 15) {
      database.db().execute("STORAGE COMPACT TABLE m.t");
      return "compact";
    } else if (pick < 19) {
      reopen();
      return "reopen";
    } else if (pick < 29) {
      return transaction();
    }
    return "user " + user + ": " + write();
  }

  private String transaction() {
    Model before = new Model(model());
    session().execute("BEGIN");
    StringBuilder what = new StringBuilder("user " + user + ": BEGIN");
    int statements = 1 + random.nextInt(4);
    for (int i = 0; i < statements; i++) {
      what.append("; ").append(change());
      checkUser();
    }
    if (random.nextInt(4) == 0) {
      database.db().execute("STORAGE FLUSH TABLE m.t");
      database.db().execute("STORAGE COMPACT TABLE m.t");
      what.append("; (flush, compact)");
      checkUser();
    }
    if (random.nextBoolean()) {
      session().execute("COMMIT");
      return what + "; COMMIT";
    }
    session().execute("ROLLBACK");
    models.set(user, before);
    return what + "; ROLLBACK";
  }

  private String write() {
    return random.nextInt(5) == 0 ? failingWrite() : change();
  }

  /** A statement that succeeds. */
  private String change() {
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> insert();
      case 3 -> upsert();
      case 4 -> updateByKey();
      case 5 -> updateRange();
      case 6 -> updateKey();
      case 7 -> deleteByKey();
      case 8 -> deleteRange();
      default -> insertBatch();
    };
  }

  private Integer nextA() {
    return random.nextInt(4) == 0 ? null : random.nextInt(20);
  }

  private String nextB() {
    written++;
    return "b" + written + (random.nextInt(10) == 0 ? "x".repeat(300) : "");
  }

  /** Up to four rows with keys the model does not have. */
  private Map<List<Object>, Object[]> freshRows() {
    Map<List<Object>, Object[]> rows = new LinkedHashMap<>();
    int wanted = 1 + random.nextInt(4);
    for (int i = 0; i < wanted; i++) {
      List<Object> key = shape.nextKey(random);
      if (!model().rows().containsKey(key)) {
        rows.put(key, shape.row(key, nextA(), nextB()));
      }
    }
    return rows;
  }

  private String values(int rows) {
    String row = "(" + String.join(", ", Collections.nCopies(shape.columns().size(), "?")) + ")";
    return "INSERT INTO m.t VALUES " + String.join(", ", Collections.nCopies(rows, row));
  }

  private static Object[] parameters(Iterable<Object[]> rows) {
    List<Object> parameters = new ArrayList<>();
    rows.forEach(row -> parameters.addAll(Arrays.asList(row)));
    return parameters.toArray();
  }

  private String insert() {
    Map<List<Object>, Object[]> rows = freshRows();
    if (rows.isEmpty()) {
      return "nothing to insert";
    }
    long count = session().execute(values(rows.size()), parameters(rows.values()));
    assertThat(count).as("inserted").isEqualTo(rows.size());
    model().rows().putAll(rows);
    return "insert " + rows.keySet();
  }

  private String insertBatch() {
    Map<List<Object>, Object[]> rows = freshRows();
    try (PreparedQuery insert = session().prepare(values(1))) {
      long[] counts = insert.executeBatch(new ArrayList<>(rows.values()));
      assertThat(Arrays.stream(counts).sum()).as("inserted by batch").isEqualTo(rows.size());
    }
    model().rows().putAll(rows);
    return "insert by batch " + rows.keySet();
  }

  private String upsert() {
    List<Object> key = someKey();
    Object[] row = shape.row(key, nextA(), nextB());
    boolean update = random.nextBoolean();
    String action = update ? "DO UPDATE SET a = EXCLUDED.a, b = EXCLUDED.b" : "DO NOTHING";
    boolean there = model().rows().containsKey(key);
    long count =
        session()
            .execute(
                values(1)
                    + " ON CONFLICT ("
                    + String.join(", ", shape.keyColumns())
                    + ") "
                    + action,
                row);
    assertThat(count).as("on conflict").isEqualTo(there && !update ? 0 : 1);
    if (update || !there) {
      model().rows().put(key, row);
    }
    return "insert " + key + " ON CONFLICT " + action;
  }

  /** Mostly a key that exists. */
  private List<Object> someKey() {
    List<List<Object>> keys = model().keys();
    return keys.isEmpty() || random.nextInt(4) == 0
        ? shape.nextKey(random)
        : keys.get(random.nextInt(keys.size()));
  }

  private static Object[] parameters(List<Object> first, List<Object> key) {
    List<Object> all = new ArrayList<>(first);
    all.addAll(key);
    return all.toArray();
  }

  private String updateByKey() {
    List<Object> key = someKey();
    Integer a = nextA();
    String b = nextB();
    long count =
        session()
            .execute(
                "UPDATE m.t SET a = ?, b = ? WHERE " + shape.keyCondition(),
                parameters(Arrays.asList(a, b), key));
    boolean there = model().rows().containsKey(key);
    assertThat(count).as("updated").isEqualTo(there ? 1 : 0);
    if (there) {
      model().rows().put(key, shape.row(key, a, b));
    }
    return "update " + key;
  }

  private String updateRange() {
    int bound = random.nextInt(20);
    long count = session().execute("UPDATE m.t SET a = a + 1, b = b || '+' WHERE a >= ?", bound);
    long expected = 0;
    for (Map.Entry<List<Object>, Object[]> entry : model().rows().entrySet()) {
      Integer a = (Integer) entry.getValue()[shape.indexOf("a")];
      if (a != null && a >= bound) {
        String b = (String) entry.getValue()[shape.indexOf("b")];
        entry.setValue(shape.row(entry.getKey(), a + 1, b + "+"));
        expected++;
      }
    }
    assertThat(count).as("updated").isEqualTo(expected);
    return "update where a >= " + bound;
  }

  /** Moves a row to another key, or onto its own. */
  private String updateKey() {
    List<Object> from = someKey();
    List<Object> to = random.nextInt(5) == 0 ? from : shape.nextKey(random);
    Object[] row = model().rows().get(from);
    String assignments =
        shape.keyColumns().stream()
            .map(column -> column + " = ?")
            .collect(Collectors.joining(", "));
    String sql = "UPDATE m.t SET " + assignments + ", b = b || '!' WHERE " + shape.keyCondition();
    if (row != null && !to.equals(from) && model().rows().containsKey(to)) {
      if (session().inTransaction()) {
        return "no move";
      }
      refused("23505", () -> session().execute(sql, parameters(to, from)));
      return "refused move of " + from + " to " + to;
    }
    long count = session().execute(sql, parameters(to, from));
    assertThat(count).as("moved").isEqualTo(row == null ? 0 : 1);
    if (row != null) {
      model().rows().remove(from);
      model()
          .rows()
          .put(to, shape.row(to, (Integer) row[shape.indexOf("a")], row[shape.indexOf("b")] + "!"));
    }
    return "move " + from + " to " + to;
  }

  private String deleteByKey() {
    List<Object> key = someKey();
    long count = session().execute("DELETE FROM m.t WHERE " + shape.keyCondition(), key.toArray());
    assertThat(count).as("deleted").isEqualTo(model().rows().remove(key) == null ? 0 : 1);
    return "delete " + key;
  }

  private String deleteRange() {
    int bound = random.nextInt(6);
    long count =
        session().execute("DELETE FROM m.t WHERE a < ? OR a IS NULL AND ? = 0", bound, bound);
    int before = model().rows().size();
    model()
        .rows()
        .values()
        .removeIf(
            row -> {
              Integer a = (Integer) row[shape.indexOf("a")];
              return a == null ? bound == 0 : a < bound;
            });
    assertThat(count).as("deleted").isEqualTo(before - model().rows().size());
    return "delete where a < " + bound;
  }

  /** A statement that is refused and leaves no row, be it in the middle of several. */
  private String failingWrite() {
    Map<List<Object>, Object[]> rows = freshRows();
    List<Object[]> all = new ArrayList<>(rows.values());
    List<List<Object>> keys = model().keys();
    int place = all.isEmpty() ? 0 : random.nextInt(all.size() + 1);
    switch (random.nextInt(3)) {
      case 0 -> {
        List<Object> key = shape.nextKey(random);
        all.add(place, shape.row(key, 1, null));
        if (model().rows().containsKey(key) || rows.containsKey(key)) {
          return "nothing";
        }
        refused("23502", () -> session().execute(values(all.size()), parameters(all)));
        return "insert with NULL for NOT NULL";
      }
      case 1 -> {
        if (keys.isEmpty()) {
          return "nothing";
        }
        List<Object> key = keys.get(random.nextInt(keys.size()));
        all.add(place, shape.row(key, 1, "duplicate"));
        refused("23505", () -> session().execute(values(all.size()), parameters(all)));
        return "insert of existing key " + key;
      }
      default -> {
        if (all.isEmpty()) {
          return "nothing";
        }
        all.add(place, all.get(0));
        refused("23505", () -> session().execute(values(all.size()), parameters(all)));
        return "insert of one key twice";
      }
    }
  }

  /** Every user's rows, by scan, by count, by key and from the end, are the model's. */
  void check() {
    for (user = 0; user < models.size(); user++) {
      checkUser();
    }
  }

  private void checkUser() {
    Model model = model();
    List<Object[]> all = new ArrayList<>(model.rows().values());
    String who = "user " + user;
    TableModelProperties.assertRows(
        who + ", all",
        session().query("SELECT * FROM m.t ORDER BY " + shape.orderByKey(false)).list(),
        all);
    assertThat(Sql.value(session(), "SELECT count(*) FROM m.t"))
        .as(who + ", count")
        .isEqualTo((long) all.size());
    List<Object> key = someKey();
    Object[] row = model.rows().get(key);
    TableModelProperties.assertRows(
        who + ", key " + key,
        session().query("SELECT * FROM m.t WHERE " + shape.keyCondition(), key.toArray()).list(),
        row == null ? List.of() : Collections.singletonList(row));
    TableModelProperties.assertRows(
        who + ", last",
        session().query("SELECT * FROM m.t ORDER BY " + shape.orderByKey(true) + " LIMIT 5").list(),
        model.lastRows(5));
    long unordered = session().query("SELECT a, b FROM m.t").list().size();
    assertThat(unordered).as(who + ", unordered").isEqualTo(all.size());
  }
}

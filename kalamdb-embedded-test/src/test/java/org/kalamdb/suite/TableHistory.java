package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Row;
import org.kalamdb.suite.AddedColumns.Column;
import org.kalamdb.suite.TableModelProperties.Model;
import org.kalamdb.suite.TableModelProperties.Model.Deleted;
import org.kalamdb.suite.TableShape.Kind;
import org.kalamdb.test.TestDatabase;

/** Random statements on one table and the map of each user that they must agree with. */
final class TableHistory implements AutoCloseable {
  private static final List<String> USERS = List.of("alice", "bob", "../b\0b");

  private static final Duration RETENTION = Duration.ofHours(2);

  private final TestDatabase database;
  private final HandClock clock;
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

  /** Columns behind those of the shape. */
  private AddedColumns added;

  /** Keys that the open transaction has put. */
  private final Set<List<Object>> putHere = new HashSet<>();

  TableHistory(TestDatabase database, HandClock clock, TableShape shape, long seed) {
    this.database = database;
    this.clock = clock;
    this.added = AddedColumns.none(shape);
    this.shape = shape;
    this.random = new Random(seed);
    for (int i = 0; i < (shape.perUser() ? USERS.size() : 1); i++) {
      models.add(new Model(shape));
    }
    if (shape.kind() != Kind.STREAM) {
      database
          .db()
          .execute("ALTER TABLE m.t SET (DELETED_RETENTION_HOURS = " + RETENTION.toHours() + ")");
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
      return flush();
    } else if (pick < 15) {
      return compact();
    } else if (pick < 19) {
      reopen();
      return "reopen";
    } else if (pick < 29) {
      return transaction();
    } else if (pick < 41) {
      return alter(sql -> database.db().execute(sql));
    } else if (pick < 44) {
      clock.advance(RETENTION.dividedBy(2).plusSeconds(1));
      if (shape.kind() == Kind.STREAM) {
        models.forEach(model -> model.expire(clock.millis() - TableShape.TTL.toMillis()));
      }
      return "an hour passes";
    }
    return "user " + user + ": " + write();
  }

  /** Events of a stream stay hot. */
  private String flush() {
    boolean refused = shape.kind() == Kind.STREAM;
    if (!refused) {
      database.db().execute("STORAGE FLUSH TABLE m.t");
    }
    return refused ? "nothing" : "flush";
  }

  private String compact() {
    boolean refused = shape.kind() == Kind.STREAM;
    if (!refused) {
      database.db().execute("STORAGE COMPACT TABLE m.t");
    }
    return refused ? "nothing" : "compact";
  }

  /** By a session of the application: users do not alter tables. */
  private String alter(Consumer<String> execute) {
    ColumnChanges changes =
        new ColumnChanges(
            random,
            execute,
            models,
            added,
            !session().inTransaction(),
            shape.kind() != Kind.STREAM);
    String what = changes.next();
    added = changes.columns();
    if (changes.wroteAnew() && session().inTransaction()) {
      // Every row is the transaction's own now, and leaves nothing when it goes.
      putHere.addAll(model().keys());
    }
    return what;
  }

  private String transaction() {
    Model before = new Model(model());
    AddedColumns columnsBefore = added;
    putHere.clear();
    session().execute("BEGIN");
    StringBuilder what = new StringBuilder("user " + user + ": BEGIN");
    int statements = 1 + random.nextInt(4);
    for (int i = 0; i < statements; i++) {
      boolean alters = !shape.perUser() && random.nextInt(8) == 0;
      what.append("; ").append(alters ? alter(session()::execute) : change());
      checkUser();
    }
    if (random.nextInt(4) == 0) {
      flush();
      compact();
      what.append("; (flush, compact)");
      checkUser();
    }
    boolean commit = random.nextBoolean();
    session().execute(commit ? "COMMIT" : "ROLLBACK");
    putHere.clear();
    if (!commit) {
      models.set(user, before);
      added = columnsBefore;
    }
    return what + (commit ? "; COMMIT" : "; ROLLBACK");
  }

  // ---- the model

  private void put(List<Object> key, Object[] row) {
    model().put(key, row, clock.millis());
    if (session().inTransaction()) {
      putHere.add(key);
    }
  }

  private boolean delete(List<Object> key) {
    return model().delete(key, clock.millis(), !putHere.contains(key));
  }

  /** A row with any values in the columns that were added. */
  private Object[] row(List<Object> key, Integer a, String b) {
    Object[] row = Arrays.copyOf(shape.row(key, a, b), added.position(added.columns().size()));
    for (int i = 0; i < added.columns().size(); i++) {
      Column column = added.columns().get(i);
      row[added.position(i)] = column.computed() ? null : column.next(random);
    }
    return computed(row);
  }

  /** The row with another key, {@code a} and {@code b}. */
  private Object[] row(List<Object> key, Integer a, String b, Object[] old) {
    Object[] row = old.clone();
    Object[] base = shape.row(key, a, b);
    System.arraycopy(base, 0, row, 0, base.length);
    return computed(row);
  }

  private Object[] computed(Object[] row) {
    for (int i = 0; i < added.columns().size(); i++) {
      if (added.columns().get(i).computed()) {
        row[added.position(i)] = AddedColumns.computed((Integer) row[shape.indexOf("a")]);
      }
    }
    return row;
  }

  // ---- writes

  private String write() {
    return random.nextInt(5) == 0 ? failingWrite() : change();
  }

  /** A statement that succeeds. */
  private String change() {
    if (shape.kind() == Kind.STREAM) {
      return switch (random.nextInt(6)) {
        case 0, 1 -> insert();
        case 2 -> insertWithDefaults();
        case 3 -> deleteByKey();
        case 4 -> deleteRange();
        default -> insertBatch();
      };
    }
    return switch (random.nextInt(10)) {
      case 0, 1 -> insert();
      case 2 -> insertWithDefaults();
      case 3 -> shape.keyed() ? upsert() : insert();
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
        rows.put(key, row(key, nextA(), nextB()));
      }
    }
    return rows;
  }

  /** Of the columns that an INSERT may name: not those that are computed. */
  private String values(int rows) {
    List<String> names = new ArrayList<>(shape.columns());
    added.columns().stream().filter(c -> !c.computed()).forEach(c -> names.add(c.name()));
    String row = "(" + String.join(", ", Collections.nCopies(names.size(), "?")) + ")";
    return "INSERT INTO m.t ("
        + String.join(", ", names)
        + ") VALUES "
        + String.join(", ", Collections.nCopies(rows, row));
  }

  private Object[] parameters(Iterable<Object[]> rows) {
    List<Object> parameters = new ArrayList<>();
    for (Object[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        if (i < added.first() || !added.columns().get(i - added.first()).computed()) {
          parameters.add(row[i]);
        }
      }
    }
    return parameters.toArray();
  }

  /** Names no column that was added. */
  private String insertWithDefaults() {
    List<Object> key = shape.nextKey(random);
    if (model().rows().containsKey(key)
        || added.columns().stream().anyMatch(c -> c.notNull() && c.initial() == null)) {
      return "nothing to insert";
    }
    Object[] row = row(key, nextA(), nextB());
    for (int i = 0; i < added.columns().size(); i++) {
      Column column = added.columns().get(i);
      row[added.position(i)] = column.computed() ? row[added.position(i)] : column.initial();
    }
    List<Object> base = Arrays.asList(row).subList(0, shape.columns().size());
    long count =
        session()
            .execute(
                "INSERT INTO m.t ("
                    + String.join(", ", shape.columns())
                    + ") VALUES ("
                    + String.join(", ", Collections.nCopies(base.size(), "?"))
                    + ")",
                base.toArray());
    assertThat(count).as("inserted").isEqualTo(1);
    put(key, row);
    return "insert " + key + " with defaults";
  }

  private String insert() {
    Map<List<Object>, Object[]> rows = freshRows();
    if (rows.isEmpty()) {
      return "nothing to insert";
    }
    long count = session().execute(values(rows.size()), parameters(rows.values()));
    assertThat(count).as("inserted").isEqualTo(rows.size());
    rows.forEach(this::put);
    return "insert " + rows.keySet();
  }

  private String insertBatch() {
    Map<List<Object>, Object[]> rows = freshRows();
    try (PreparedQuery insert = session().prepare(values(1))) {
      List<Object[]> batch =
          rows.values().stream().map(row -> parameters(Collections.singletonList(row))).toList();
      long[] counts = insert.executeBatch(new ArrayList<>(batch));
      assertThat(Arrays.stream(counts).sum()).as("inserted by batch").isEqualTo(rows.size());
    }
    rows.forEach(this::put);
    return "insert by batch " + rows.keySet();
  }

  private String upsert() {
    List<Object> key = someKey();
    Object[] row = row(key, nextA(), nextB());
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
                parameters(Collections.singletonList(row)));
    assertThat(count).as("on conflict").isEqualTo(there && !update ? 0 : 1);
    if (!there) {
      put(key, row);
    } else if (update) {
      Integer a = (Integer) row[shape.indexOf("a")];
      String b = (String) row[shape.indexOf("b")];
      put(key, row(key, a, b, model().rows().get(key)));
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
    String assignments = "a = ?, b = ?";
    List<Object> values = new ArrayList<>(Arrays.asList(a, b));
    int one = added.isEmpty() ? -1 : random.nextInt(added.columns().size());
    if (one >= 0 && !added.columns().get(one).computed()) {
      assignments += ", " + added.columns().get(one).name() + " = ?";
      values.add(added.columns().get(one).next(random));
    }
    long count =
        session()
            .execute(
                "UPDATE m.t SET " + assignments + " WHERE " + shape.keyCondition(),
                parameters(values, key));
    Object[] old = model().rows().get(key);
    assertThat(count).as("updated").isEqualTo(old == null ? 0 : 1);
    if (old != null) {
      Object[] row = row(key, a, b, old);
      if (values.size() > 2) {
        row[added.position(one)] = values.get(2);
      }
      put(key, row);
    }
    return "update " + key;
  }

  private String updateRange() {
    int bound = random.nextInt(20);
    long count = session().execute("UPDATE m.t SET a = a + 1, b = b || '+' WHERE a >= ?", bound);
    long expected = 0;
    for (List<Object> key : model().keys()) {
      Object[] row = model().rows().get(key);
      Integer a = (Integer) row[shape.indexOf("a")];
      if (a != null && a >= bound) {
        put(key, row(key, a + 1, row[shape.indexOf("b")] + "+", row));
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
      if (session().inTransaction() || !shape.keyed()) {
        return "no move";
      }
      refused("23505", () -> session().execute(sql, parameters(to, from)));
      return "refused move of " + from + " to " + to;
    }
    long count = session().execute(sql, parameters(to, from));
    assertThat(count).as("moved").isEqualTo(row == null ? 0 : 1);
    if (row != null) {
      Object[] moved =
          row(to, (Integer) row[shape.indexOf("a")], row[shape.indexOf("b")] + "!", row);
      delete(from);
      put(to, moved);
    }
    return "move " + from + " to " + to;
  }

  private String deleteByKey() {
    List<Object> key = someKey();
    long count = session().execute("DELETE FROM m.t WHERE " + shape.keyCondition(), key.toArray());
    assertThat(count).as("deleted").isEqualTo(delete(key) ? 1 : 0);
    return "delete " + key;
  }

  private String deleteRange() {
    int bound = random.nextInt(6);
    long count =
        session().execute("DELETE FROM m.t WHERE a < ? OR a IS NULL AND ? = 0", bound, bound);
    int before = model().rows().size();
    for (List<Object> key : model().keys()) {
      Integer a = (Integer) model().rows().get(key)[shape.indexOf("a")];
      if (a == null ? bound == 0 : a < bound) {
        delete(key);
      }
    }
    assertThat(count).as("deleted").isEqualTo(before - model().rows().size());
    return "delete where a < " + bound;
  }

  /** A statement that is refused and leaves no row, be it in the middle of several. */
  private String failingWrite() {
    Map<List<Object>, Object[]> rows = freshRows();
    List<Object[]> all = new ArrayList<>(rows.values());
    List<List<Object>> keys = model().keys();
    int place = all.isEmpty() ? 0 : random.nextInt(all.size() + 1);
    switch (shape.keyed() ? random.nextInt(3) : 0) {
      case 0 -> {
        List<Object> key = shape.nextKey(random);
        all.add(place, row(key, 1, null));
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
        all.add(place, row(key, 1, "duplicate"));
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
      checkDeleted();
    }
  }

  /** Rows that have gone are seen with their last values until their retention ends. */
  private void checkDeleted() {
    if (!shape.keyed()) {
      return;
    }
    Map<List<Object>, Deleted> gone = model().deleted();
    Set<List<Object>> seen = new HashSet<>();
    for (Row found : session().query("SELECT * FROM m.t WHERE _deleted").list()) {
      List<Object> key = shape.keyOf(found.toArray());
      assertThat(seen.add(key)).as("deleted row seen twice: %s", key).isTrue();
      Deleted expected = gone.get(key);
      assertThat(expected).as("deleted row %s", key).isNotNull();
      if (expected.certain()) {
        TableModelProperties.assertRows(
            "deleted row", List.of(found), Collections.singletonList(expected.row()));
      }
    }
    long retained = clock.millis() - RETENTION.toMillis();
    gone.forEach(
        (key, deleted) -> {
          if (deleted.certain() && deleted.millis() > retained) {
            assertThat(seen).as("rows deleted lately").contains(key);
          }
        });
  }

  /** What conditions, bounds and counts say of a column that was added. */
  private void checkAdded(int index) {
    Column column = added.columns().get(index);
    String name = column.name();
    int position = added.position(index);
    List<Object[]> all = new ArrayList<>(model().rows().values());
    List<Object> values = all.stream().map(row -> row[position]).filter(Objects::nonNull).toList();
    Object wanted =
        values.isEmpty() || random.nextBoolean()
            ? column.family().next(column.step(), random)
            : values.get(random.nextInt(values.size()));
    Map<String, IntPredicate> operators =
        Map.of("=", c -> c == 0, "<", c -> c < 0, ">=", c -> c >= 0, ">", c -> c > 0);
    operators.forEach(
        (operator, holds) ->
            TableModelProperties.assertRows(
                "user " + user + ", " + name + " " + operator + " " + wanted,
                session()
                    .query(
                        "SELECT * FROM m.t WHERE "
                            + name
                            + " "
                            + operator
                            + " ? ORDER BY "
                            + shape.orderByKey(false),
                        wanted)
                    .list(),
                all.stream()
                    .filter(
                        row ->
                            row[position] != null
                                && holds.test(AddedColumns.compare(row[position], wanted)))
                    .toList()));
    Object[] summary = {
      (long) values.size(),
      values.stream().min(AddedColumns::compare).orElse(null),
      values.stream().max(AddedColumns::compare).orElse(null),
      (long) all.size() - values.size()
    };
    TableModelProperties.assertRows(
        "user " + user + ", bounds of " + name,
        session()
            .query(
                "SELECT count("
                    + name
                    + "), min("
                    + name
                    + "), max("
                    + name
                    + "), (SELECT count(*) FROM m.t WHERE "
                    + name
                    + " IS NULL) FROM m.t")
            .list(),
        Collections.singletonList(summary));
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
    if (!added.isEmpty()) {
      checkAdded(random.nextInt(added.columns().size()));
    }
    long unordered = session().query("SELECT a, b FROM m.t").list().size();
    assertThat(unordered).as(who + ", unordered").isEqualTo(all.size());
  }
}

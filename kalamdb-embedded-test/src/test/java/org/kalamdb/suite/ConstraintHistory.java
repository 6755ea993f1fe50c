package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.kalamdb.Session;
import org.kalamdb.test.TestDatabase;

/**
 * Random statements on {@code p (id, u UNIQUE)} and {@code c (id, p REFERENCES p, n CHECK (n < 15),
 * ...)}, and the two maps that they must agree with.
 */
final class ConstraintHistory implements AutoCloseable {
  private static final List<String> ACTIONS = List.of("NO ACTION", "CASCADE", "SET NULL");
  private static final Comparator<Integer> NULLS_LAST =
      Comparator.nullsLast(Comparator.naturalOrder());

  private final TestDatabase database;
  private final boolean perUser;
  private final String action;
  private final Random random;
  private final TreeSet<String> indexes = new TreeSet<>();
  private final Map<String, Integer> added = new LinkedHashMap<>();
  private TreeMap<Integer, Integer> parents = new TreeMap<>();
  private TreeMap<Integer, Child> children = new TreeMap<>();
  private Session admin;
  private Session session;
  private int columns;

  /** A row of the child table; further columns by name. */
  private record Child(Integer p, Integer n, Map<String, Integer> further) {
    Child withP(Integer other) {
      return new Child(other, n, further);
    }

    Child withN(Integer other) {
      return new Child(p, other, further);
    }
  }

  ConstraintHistory(TestDatabase database, boolean perUser, int action, long seed) {
    this.database = database;
    this.perUser = perUser;
    this.action = ACTIONS.get(action);
    this.random = new Random(seed);
    openSessions();
    String type = perUser ? "CREATE USER TABLE " : "CREATE TABLE ";
    admin.execute("CREATE NAMESPACE m; USE m");
    admin.execute(type + "p (id INT PRIMARY KEY, u INT UNIQUE)");
    admin.execute(
        type
            + "c (id INT PRIMARY KEY, p INT REFERENCES p ON DELETE "
            + this.action
            + ", n INT CHECK (n < 15))");
    session.execute("USE m");
  }

  private void openSessions() {
    admin = database.db().session();
    session = perUser ? database.db().session("alice") : database.db().session();
  }

  void reopen() {
    close();
    database.reopen();
    openSessions();
    admin.execute("USE m");
    session.execute("USE m");
  }

  @Override
  public void close() {
    session.close();
    admin.close();
  }

  /** Does one random thing to the tables and to the maps; returns what. */
  String step() {
    int pick = random.nextInt(100);
    if (pick < 10) {
      admin.execute("STORAGE FLUSH ALL");
      return "flush";
    } else if (pick < 12) {
      admin.execute("STORAGE COMPACT ALL");
      return "compact";
    } else if (pick < 15) {
      reopen();
      return "reopen";
    } else if (pick < 19) {
      return toggleIndex();
    } else if (pick < 23) {
      return alter();
    } else if (pick < 31) {
      return transaction();
    }
    return write(true);
  }

  private String transaction() {
    TreeMap<Integer, Integer> parentsBefore = new TreeMap<>(parents);
    TreeMap<Integer, Child> childrenBefore = new TreeMap<>(children);
    session.execute("BEGIN");
    StringBuilder what = new StringBuilder("BEGIN");
    int statements = 1 + random.nextInt(5);
    for (int i = 0; i < statements; i++) {
      what.append("; ").append(write(false));
      check();
    }
    if (random.nextBoolean()) {
      session.execute("COMMIT");
      return what + "; COMMIT";
    }
    session.execute("ROLLBACK");
    parents = parentsBefore;
    children = childrenBefore;
    return what + "; ROLLBACK";
  }

  private String toggleIndex() {
    List<String> all = List.of("p", "n DESC, p", "n", "p, id DESC");
    String on = all.get(random.nextInt(all.size()));
    String name = "i_" + Math.abs(on.hashCode());
    if (indexes.remove(name)) {
      admin.execute("DROP INDEX " + name);
      return "drop index on " + on;
    }
    admin.execute("CREATE INDEX " + name + " ON c (" + on + ")");
    indexes.add(name);
    return "create index on " + on;
  }

  private String alter() {
    if (!added.isEmpty() && random.nextInt(3) == 0) {
      String gone = added.keySet().iterator().next();
      added.remove(gone);
      admin.execute("ALTER TABLE c DROP COLUMN " + gone);
      children.replaceAll(
          (id, row) -> {
            Map<String, Integer> further = new LinkedHashMap<>(row.further());
            further.remove(gone);
            return new Child(row.p(), row.n(), further);
          });
      return "drop column " + gone;
    }
    String name = "e" + columns++;
    Integer value = random.nextBoolean() ? random.nextInt(100) : null;
    admin.execute(
        "ALTER TABLE c ADD " + name + " INT" + (value == null ? "" : " DEFAULT " + value));
    added.put(name, value);
    children.replaceAll(
        (id, row) -> {
          Map<String, Integer> further = new LinkedHashMap<>(row.further());
          further.put(name, value);
          return new Child(row.p(), row.n(), further);
        });
    return "add column " + name + " default " + value;
  }

  private int id() {
    return random.nextInt(12);
  }

  private Integer orNull(int value) {
    return random.nextInt(5) == 0 ? null : value;
  }

  /** A writing statement; inside a transaction only one that succeeds. */
  private String write(boolean mayFail) {
    return switch (random.nextInt(9)) {
      case 0 -> insertParent(mayFail);
      case 1 -> insertOrUpdateParent(mayFail);
      case 2 -> updateParent(mayFail);
      case 3 -> moveParent(mayFail);
      case 4 -> deleteParent(mayFail);
      case 5, 6 -> insertChild(mayFail);
      case 7 -> updateChildren(mayFail);
      default -> deleteChildren();
    };
  }

  /** Runs what must fail with the state (null: succeed); false if it did not run or failed. */
  private boolean run(boolean mayFail, String state, String sql, Object... parameters) {
    if (state == null) {
      session.execute(sql, parameters);
      return true;
    }
    if (mayFail) {
      refused(state, () -> session.execute(sql, parameters));
    }
    return false;
  }

  private boolean isTaken(Integer u, int except) {
    return u != null
        && parents.entrySet().stream()
            .anyMatch(row -> u.equals(row.getValue()) && row.getKey() != except);
  }

  private String insertParent(boolean mayFail) {
    int id = id();
    Integer u = orNull(random.nextInt(8));
    String state = parents.containsKey(id) || isTaken(u, -1) ? "23505" : null;
    if (run(mayFail, state, "INSERT INTO p VALUES (?, ?)", id, u)) {
      parents.put(id, u);
    }
    return "insert p " + id + ", " + u + ": " + state;
  }

  private String insertOrUpdateParent(boolean mayFail) {
    int id = id();
    int u = random.nextInt(8);
    Integer holder =
        parents.entrySet().stream()
            .filter(row -> Objects.equals(row.getValue(), u))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(null);
    String state = holder == null && parents.containsKey(id) ? "23505" : null;
    String sql = "INSERT INTO p VALUES (?, ?) ON CONFLICT (u) DO UPDATE SET u = NULL";
    if (run(mayFail, state, sql, id, u)) {
      parents.put(holder == null ? id : holder, holder == null ? u : null);
    }
    return "upsert p " + id + ", " + u + ": " + state;
  }

  private String updateParent(boolean mayFail) {
    int id = id();
    Integer u = orNull(random.nextInt(8));
    String state = parents.containsKey(id) && isTaken(u, id) ? "23505" : null;
    if (run(mayFail, state, "UPDATE p SET u = ? WHERE id = ?", u, id) && parents.containsKey(id)) {
      parents.put(id, u);
    }
    return "update p " + id + " to " + u + ": " + state;
  }

  private boolean hasChildren(int id) {
    return children.values().stream().anyMatch(row -> Objects.equals(row.p(), id));
  }

  private String moveParent(boolean mayFail) {
    int from = id();
    int to = id();
    boolean moves = parents.containsKey(from) && from != to;
    String state =
        !moves ? null : parents.containsKey(to) ? "23505" : hasChildren(from) ? "23503" : null;
    if (run(mayFail, state, "UPDATE p SET id = ? WHERE id = ?", to, from) && moves) {
      parents.put(to, parents.remove(from));
    }
    return "move p " + from + " to " + to + ": " + state;
  }

  private String deleteParent(boolean mayFail) {
    int id = id();
    boolean there = parents.containsKey(id);
    String state = there && action.equals("NO ACTION") && hasChildren(id) ? "23503" : null;
    if (run(mayFail, state, "DELETE FROM p WHERE id = ?", id) && there) {
      parents.remove(id);
      if (action.equals("CASCADE")) {
        children.values().removeIf(row -> Objects.equals(row.p(), id));
      } else {
        children.replaceAll((key, row) -> Objects.equals(row.p(), id) ? row.withP(null) : row);
      }
    }
    return "delete p " + id + ": " + state;
  }

  private String insertChild(boolean mayFail) {
    int id = random.nextInt(40);
    Integer p = orNull(id());
    Integer n = orNull(random.nextInt(17));
    String state =
        n != null && n >= 15
            ? "23514"
            : children.containsKey(id)
                ? "23505"
                : p != null && !parents.containsKey(p) ? "23503" : null;
    if (run(mayFail, state, "INSERT INTO c (id, p, n) VALUES (?, ?, ?)", id, p, n)) {
      children.put(id, new Child(p, n, new LinkedHashMap<>(added)));
    }
    return "insert c " + id + ", " + p + ", " + n + ": " + state;
  }

  private String updateChildren(boolean mayFail) {
    int n = random.nextInt(16);
    if (random.nextBoolean()) {
      Integer p = orNull(id());
      boolean any = children.values().stream().anyMatch(row -> row.n() != null && row.n() == n);
      String state = any && p != null && !parents.containsKey(p) ? "23503" : null;
      if (run(mayFail, state, "UPDATE c SET p = ? WHERE n = ?", p, n)) {
        children.replaceAll((id, row) -> row.n() != null && row.n() == n ? row.withP(p) : row);
      }
      return "update c set p = " + p + " where n = " + n + ": " + state;
    }
    boolean most =
        children.values().stream()
            .anyMatch(row -> row.n() != null && row.n() >= n && row.n() == 14);
    String state = most ? "23514" : null;
    if (run(mayFail, state, "UPDATE c SET n = n + 1 WHERE n >= ?", n)) {
      children.replaceAll(
          (id, row) -> row.n() != null && row.n() >= n ? row.withN(row.n() + 1) : row);
    }
    return "update c set n = n + 1 where n >= " + n + ": " + state;
  }

  private String deleteChildren() {
    Integer p = id();
    session.execute("DELETE FROM c WHERE p = ? AND n IN (1, 2, 3, 14)", p);
    List<Integer> gone = List.of(1, 2, 3, 14);
    children
        .values()
        .removeIf(row -> p.equals(row.p()) && row.n() != null && gone.contains(row.n()));
    return "delete c where p = " + p;
  }

  /** Rows are the maps' rows, whichever way they are found. */
  void check() {
    assertThat(Sql.rows(session, "SELECT * FROM p ORDER BY id"))
        .as("p")
        .isEqualTo(
            parents.entrySet().stream().map(row -> row.getKey() + "|" + row.getValue()).toList());
    assertThat(Sql.rows(session, "SELECT * FROM c ORDER BY id"))
        .as("c")
        .isEqualTo(children.entrySet().stream().map(ConstraintHistory::text).toList());
    int value = random.nextInt(12);
    checkIds(
        "u = " + value,
        "SELECT id FROM p WHERE u = " + value + " ORDER BY id",
        parents.entrySet().stream()
            .filter(row -> Objects.equals(row.getValue(), value))
            .map(Map.Entry::getKey));
    checkIds(
        "p = " + value,
        "SELECT id FROM c WHERE p = " + value + " ORDER BY id",
        idsOf(row -> Objects.equals(row.p(), value)));
    checkIds(
        "n between",
        "SELECT id FROM c WHERE n > " + value + " AND n <= " + (value + 3) + " ORDER BY id",
        idsOf(row -> row.n() != null && row.n() > value && row.n() <= value + 3));
    checkIds(
        "n and p",
        "SELECT id FROM c WHERE n IN (2, 5, " + value + ") AND p < 6 ORDER BY id",
        idsOf(
            row ->
                row.n() != null
                    && List.of(2, 5, value).contains(row.n())
                    && row.p() != null
                    && row.p() < 6));
    checkFirst("SELECT n FROM c ORDER BY n LIMIT 3", NULLS_LAST);
    checkFirst("SELECT n FROM c ORDER BY n DESC LIMIT 3", NULLS_LAST.reversed());
  }

  private static String text(Map.Entry<Integer, Child> row) {
    List<Object> values = new ArrayList<>();
    values.add(row.getKey());
    values.add(row.getValue().p());
    values.add(row.getValue().n());
    values.addAll(row.getValue().further().values());
    return String.join("|", values.stream().map(String::valueOf).toList());
  }

  private Stream<Integer> idsOf(java.util.function.Predicate<Child> condition) {
    return children.entrySet().stream()
        .filter(row -> condition.test(row.getValue()))
        .map(Map.Entry::getKey);
  }

  private void checkIds(String what, String sql, Stream<Integer> expected) {
    assertThat(Sql.rows(session, sql)).as(what).isEqualTo(expected.map(String::valueOf).toList());
  }

  private void checkFirst(String sql, Comparator<Integer> order) {
    assertThat(Sql.rows(session, sql))
        .as(sql)
        .isEqualTo(
            children.values().stream()
                .map(Child::n)
                .sorted(order)
                .limit(3)
                .map(String::valueOf)
                .toList());
  }
}

package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.LongRange;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;

/**
 * Random histories of inserts, updates (of keys too), deletes, flushes and reopens on a user and a
 * shared table, against a map: always the same rows, whatever is hot or cold, and wherever the primary
 * key stands among the columns.
 */
class TableModelProperties {
  private static final List<String> USERS = List.of("alice", "../x", "Alice");
  private static final int STEPS = 60;
  private static final int KEYS = 25;

  /** Types a key may have, with their values number 0 to {@value #KEYS} in ascending order. */
  private enum KeyType {
    BIGINT("BIGINT") {
      @Override
      Object value(int n) {
        return (n - KEYS / 2) * 1_000_000_007L;
      }
    },
    TEXT("TEXT") {
      @Override
      Object value(int n) {
        return "k" + (char) ('a' + n) + (n % 3 == 0 ? "\u0001" : "é");
      }
    },
    DECIMAL("DECIMAL(20,4)") {
      @Override
      Object value(int n) {
        return new BigDecimal("-3.5000").add(new BigDecimal("0.3333").multiply(BigDecimal.valueOf(n))).setScale(4);
      }
    },
    UUID_KEY("UUID") {
      @Override
      Object value(int n) {
        return new UUID(0x1000_0000_0000_0000L + n, 7);
      }
    };

    final String sql;

    KeyType(String sql) {
      this.sql = sql;
    }

    abstract Object value(int n);
  }

  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void randomHistory_sameRowsAsMap(@ForAll @LongRange(min = 0, max = 1L << 40) long seed)
      throws Exception {
    Path directory = Files.createTempDirectory("kalamdb-model");
    try (History history = new History(directory, new Random(seed))) {
      for (int step = 0; step < STEPS; step++) {
        history.step();
        history.check();
      }
    } finally {
      try (Stream<Path> paths = Files.walk(directory)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** One table with one model for each partition. */
  private static final class History implements AutoCloseable {
    private final Path directory;
    private final Random random;
    private final boolean perUser;
    private final List<String> columns = new ArrayList<>();
    private final List<KeyType> keyTypes = new ArrayList<>();
    private final List<Integer> keyColumns = new ArrayList<>();
    private final Map<String, TreeMap<List<Integer>, @Nullable Object[]>> models = new TreeMap<>();
    private final String table;
    private KalamDB db;

    History(Path directory, Random random) {
      this.directory = directory;
      this.random = random;
      this.perUser = random.nextBoolean();
      this.table = "model.t";
      this.db = open();
      createTable();
      for (String user : perUser ? USERS : List.of("")) {
        models.put(user, new TreeMap<>(Comparator.comparing((List<Integer> k) -> k.get(0)).thenComparing(k -> k.get(k.size() - 1))));
      }
    }

    private KalamDB open() {
      return KalamDB.open(
          directory.resolve("data"), KalamOptions.builder().durability(Durability.NONE).build());
    }

    /** A key of one or two columns anywhere among the two others. */
    private void createTable() {
      int keys = 1 + random.nextInt(2);
      List<String> definitions = new ArrayList<>(List.of("n INT", "s TEXT"));
      columns.addAll(List.of("n", "s"));
      for (int i = 0; i < keys; i++) {
        int at = random.nextInt(definitions.size() + 1);
        KeyType type = KeyType.values()[random.nextInt(KeyType.values().length)];
        definitions.add(at, "k" + i + " " + type.sql);
        columns.add(at, "k" + i);
        keyTypes.add(type);
      }
      StringJoiner key = new StringJoiner(", ");
      for (int i = 0; i < keys; i++) {
        keyColumns.add(columns.indexOf("k" + i));
        key.add("k" + i);
      }
      db.execute("CREATE NAMESPACE model");
      db.execute(
          "CREATE " + (perUser ? "USER" : "SHARED") + " TABLE " + table + " ("
              + String.join(", ", definitions) + ", PRIMARY KEY (" + key + "))");
    }

    private Session session(String user) {
      return perUser ? db.session(user) : db.session();
    }

    private String anyUser() {
      List<String> users = List.copyOf(models.keySet());
      return users.get(random.nextInt(users.size()));
    }

    private List<Integer> anyKey() {
      List<Integer> key = new ArrayList<>();
      for (int i = 0; i < keyTypes.size(); i++) {
        key.add(random.nextInt(keyTypes.size() == 1 ? KEYS : 5));
      }
      return key;
    }

    private @Nullable Object[] row(List<Integer> key) {
      @Nullable Object[] row = new @Nullable Object[columns.size()];
      row[columns.indexOf("n")] = random.nextInt(8) == 0 ? null : random.nextInt(1000);
      row[columns.indexOf("s")] = random.nextInt(8) == 0 ? null : "s" + random.nextInt(1000);
      for (int i = 0; i < key.size(); i++) {
        row[keyColumns.get(i)] = keyTypes.get(i).value(key.get(i));
      }
      return row;
    }

    private String keyCondition() {
      StringJoiner condition = new StringJoiner(" AND ");
      for (int i = 0; i < keyTypes.size(); i++) {
        condition.add("k" + i + " = ?");
      }
      return condition.toString();
    }

    private Object[] keyValues(List<Integer> key) {
      Object[] values = new Object[key.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = keyTypes.get(i).value(key.get(i));
      }
      return values;
    }

    void step() {
      String user = anyUser();
      TreeMap<List<Integer>, @Nullable Object[]> model = Objects.requireNonNull(models.get(user));
      try (Session session = session(user)) {
        int choice = random.nextInt(100);
        if (choice < 40) {
          insert(session, model);
        } else if (choice < 60) {
          update(session, model);
        } else if (choice < 66) {
          moveKey(session, model);
        } else if (choice < 80) {
          delete(session, model);
        } else if (choice < 84) {
          updateMany(session, model);
        } else if (choice < 87) {
          transaction(session, model);
        } else if (choice < 96) {
          db.execute("STORAGE FLUSH TABLE " + table);
        } else {
          session.close();
          db.close();
          db = open();
        }
      }
    }

    private void insert(Session session, TreeMap<List<Integer>, @Nullable Object[]> model) {
      List<Integer> key = anyKey();
      @Nullable Object[] row = row(key);
      String sql =
          "INSERT INTO " + table + " (" + String.join(", ", columns) + ") VALUES ("
              + String.join(", ", columns.stream().map(c -> "?").toList()) + ")";
      if (model.containsKey(key)) {
        assertThatThrownBy(() -> session.execute(sql, row))
            .isInstanceOfSatisfying(
                KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("23505"));
      } else {
        assertThat(session.execute(sql, row)).isEqualTo(1);
        model.put(key, row);
      }
    }

    private void update(Session session, TreeMap<List<Integer>, @Nullable Object[]> model) {
      List<Integer> key = anyKey();
      int n = random.nextInt(1000);
      Object[] parameters = new Object[key.size() + 1];
      parameters[0] = n;
      System.arraycopy(keyValues(key), 0, parameters, 1, key.size());
      long changed =
          session.execute("UPDATE " + table + " SET n = ? WHERE " + keyCondition(), parameters);
      @Nullable Object[] row = model.get(key);
      assertThat(changed).isEqualTo(row == null ? 0 : 1);
      if (row != null) {
        @Nullable Object[] updated = row.clone();
        updated[columns.indexOf("n")] = n;
        model.put(key, updated);
      }
    }

    private void moveKey(Session session, TreeMap<List<Integer>, @Nullable Object[]> model) {
      List<Integer> from = anyKey();
      List<Integer> to = anyKey();
      StringJoiner assignments = new StringJoiner(", ");
      for (int i = 0; i < keyTypes.size(); i++) {
        assignments.add("k" + i + " = ?");
      }
      Object[] parameters =
          Stream.concat(Arrays.stream(keyValues(to)), Arrays.stream(keyValues(from))).toArray();
      String sql = "UPDATE " + table + " SET " + assignments + " WHERE " + keyCondition();
      boolean collides = model.containsKey(from) && !from.equals(to) && model.containsKey(to);
      if (collides) {
        assertThatThrownBy(() -> session.execute(sql, parameters))
            .isInstanceOfSatisfying(
                KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("23505"));
        return;
      }
      assertThat(session.execute(sql, parameters)).isEqualTo(model.containsKey(from) ? 1 : 0);
      @Nullable Object[] row = model.remove(from);
      if (row != null) {
        @Nullable Object[] moved = row.clone();
        for (int i = 0; i < to.size(); i++) {
          moved[keyColumns.get(i)] = keyTypes.get(i).value(to.get(i));
        }
        model.put(to, moved);
      }
    }

    private void delete(Session session, TreeMap<List<Integer>, @Nullable Object[]> model) {
      List<Integer> key = anyKey();
      long deleted =
          session.execute("DELETE FROM " + table + " WHERE " + keyCondition(), keyValues(key));
      assertThat(deleted).isEqualTo(model.remove(key) == null ? 0 : 1);
    }

    private void updateMany(Session session, TreeMap<List<Integer>, @Nullable Object[]> model) {
      int limit = random.nextInt(1000);
      long changed =
          session.execute("UPDATE " + table + " SET n = n + 1, s = 'many' WHERE n < ?", limit);
      long expected = 0;
      int n = columns.indexOf("n");
      for (Map.Entry<List<Integer>, @Nullable Object[]> entry : model.entrySet()) {
        Object value = entry.getValue()[n];
        if (value != null && (Integer) value < limit) {
          @Nullable Object[] updated = entry.getValue().clone();
          updated[n] = (Integer) value + 1;
          updated[columns.indexOf("s")] = "many";
          entry.setValue(updated);
          expected++;
        }
      }
      assertThat(changed).isEqualTo(expected);
    }

    /** Several statements that see each other's writes, then committed or rolled back. */
    private void transaction(Session session, TreeMap<List<Integer>, @Nullable Object[]> model) {
      TreeMap<List<Integer>, @Nullable Object[]> inside = new TreeMap<>(model);
      session.execute("BEGIN");
      for (int i = 0; i < 4; i++) {
        if (random.nextBoolean()) {
          update(session, inside);
        } else {
          delete(session, inside);
        }
        assertThat(rows(session, "")).isEqualTo(expected(inside));
      }
      if (random.nextBoolean()) {
        session.execute("COMMIT");
        model.clear();
        model.putAll(inside);
      } else {
        session.execute("ROLLBACK");
      }
    }

    void check() {
      for (Map.Entry<String, TreeMap<List<Integer>, @Nullable Object[]>> partition : models.entrySet()) {
        TreeMap<List<Integer>, @Nullable Object[]> model = partition.getValue();
        try (Session session = session(partition.getKey())) {
          List<List<@Nullable Object>> expected = expected(model);
          assertThat(rows(session, "")).isEqualTo(expected);
          assertThat(session.query("SELECT count(*) FROM " + table).single().getLong(0))
              .isEqualTo(model.size());
          List<List<@Nullable Object>> backwards = new ArrayList<>(expected);
          java.util.Collections.reverse(backwards);
          String order = keyTypes.size() == 1 ? "k0 DESC" : "k0 DESC, k1 DESC";
          assertThat(rows(session, " ORDER BY " + order + " LIMIT 5"))
              .isEqualTo(backwards.subList(0, Math.min(5, backwards.size())));
          List<Integer> key = anyKey();
          List<Row> found =
              session
                  .query(
                      "SELECT " + String.join(", ", columns) + " FROM " + table + " WHERE " + keyCondition(),
                      keyValues(key))
                  .list();
          @Nullable Object[] row = model.get(key);
          assertThat(found.stream().map(r -> Arrays.asList(r.toArray())).toList())
              .isEqualTo(row == null ? List.of() : List.of(Arrays.asList(row)));
        }
      }
    }

    /** All rows in key order, unless {@code suffix} orders them otherwise. */
    private List<List<@Nullable Object>> rows(Session session, String suffix) {
      String order =
          !suffix.isEmpty() ? suffix : " ORDER BY " + (keyTypes.size() == 1 ? "k0" : "k0, k1");
      return session
          .query("SELECT " + String.join(", ", columns) + " FROM " + table + order)
          .list()
          .stream()
          .map(row -> Arrays.asList(row.toArray()))
          .toList();
    }

    private static List<List<@Nullable Object>> expected(
        TreeMap<List<Integer>, @Nullable Object[]> model) {
      return model.values().stream().map(Arrays::asList).toList();
    }

    @Override
    public void close() {
      db.close();
    }
  }
}

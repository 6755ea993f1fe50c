package org.kalamdb.crash;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/**
 * One of those who write: either a user in tables of the user's own, or a writer among others in
 * shared tables. Transaction {@code n} follows from the writer's number and {@code n} alone, and so
 * do the rows after it: the process that is killed runs the statements, the one that looks
 * afterwards runs their effects on maps.
 *
 * <p>Not thread-safe.
 */
final class Writer {
  static final int ACCOUNTS = 8;
  static final int BALANCE = 1_000;
  private static final int KEYS = 40;
  private static final int PARENTS = 10;

  /** A statement and what it does to the maps. */
  record Step(String sql, List<Object> parameters, Runnable effect) {}

  record Item(int a, String b, long u) {}

  record Child(int parent, int v) {}

  record Transfer(int from, int to, int amount) {}

  private final int number;
  private final boolean perUser;
  private final long seed;
  private final int firstKey;
  private final String prefix;
  private long done;
  final TreeMap<Integer, Item> items = new TreeMap<>();
  final TreeMap<Integer, Integer> parents = new TreeMap<>();
  final TreeMap<Integer, Child> children = new TreeMap<>();

  /** By transaction. */
  final TreeMap<Long, Transfer> transfers = new TreeMap<>();

  private long events;
  private long eventSum;

  Writer(int number, boolean perUser, long seed) {
    this.number = number;
    this.perUser = perUser;
    this.seed = seed;
    this.firstKey = number * 1_000;
    this.prefix = perUser ? "c.u_" : "c.s_";
  }

  /** Users 0 to 1 and shared writers 2 to 3. */
  static List<Writer> all(long seed) {
    return List.of(
        new Writer(0, true, seed),
        new Writer(1, true, seed),
        new Writer(2, false, seed),
        new Writer(3, false, seed));
  }

  static void createTables(KalamDB db) {
    db.execute("CREATE NAMESPACE c");
    for (String kind : List.of("USER", "SHARED")) {
      String prefix = kind.equals("USER") ? "c.u_" : "c.s_";
      String flush = " WITH (FLUSH_POLICY = 'rows:60')";
      db.execute(
          "CREATE " + kind + " TABLE " + prefix + "progress (writer INT PRIMARY KEY, n BIGINT)");
      db.execute(
          "CREATE "
              + kind
              + " TABLE "
              + prefix
              + "items (id INT PRIMARY KEY, a INT, b TEXT, u BIGINT UNIQUE)"
              + flush);
      db.execute("CREATE INDEX " + prefix.substring(2) + "items_a ON " + prefix + "items (a)");
      db.execute(
          "CREATE " + kind + " TABLE " + prefix + "parents (id INT PRIMARY KEY, v INT)" + flush);
      db.execute(
          "CREATE "
              + kind
              + " TABLE "
              + prefix
              + "children (id INT PRIMARY KEY, parent INT REFERENCES "
              + prefix
              + "parents ON DELETE CASCADE, v INT)"
              + flush);
    }
    db.execute(
        "CREATE TABLE c.accounts (id INT PRIMARY KEY, balance INT CHECK (balance > -100000))");
    db.execute("CREATE TABLE c.tickets (id INT PRIMARY KEY, n BIGINT)");
    db.execute(
        "CREATE TABLE c.transfers (ticket BIGINT PRIMARY KEY, writer INT, txn BIGINT, a INT, b INT,"
            + " amount INT, UNIQUE (writer, txn)) WITH (FLUSH_POLICY = 'rows:100')");
    db.execute("CREATE STREAM TABLE c.events (writer INT, n BIGINT) WITH (TTL_SECONDS = 8640000)");
    db.execute("INSERT INTO c.tickets VALUES (0, 0)");
    db.execute(
        "INSERT INTO c.accounts SELECT i, ? FROM generate_series(0, ?) AS g (i)",
        BALANCE,
        ACCOUNTS - 1);
    for (Writer writer : all(0)) {
      try (Session session = writer.open(db)) {
        session.execute("INSERT INTO " + writer.prefix + "progress VALUES (?, 0)", writer.number);
      }
    }
    db.execute("INSERT INTO c.s_progress VALUES (?, 0)", SchemaWriter.NUMBER);
  }

  int number() {
    return number;
  }

  boolean perUser() {
    return perUser;
  }

  String prefix() {
    return prefix;
  }

  int firstKey() {
    return firstKey;
  }

  /** How many transactions the maps hold. */
  long done() {
    return done;
  }

  long events() {
    return events;
  }

  long eventSum() {
    return eventSum;
  }

  Session open(KalamDB db) {
    return perUser ? db.session("writer" + number) : db.session();
  }

  /** How many transactions the database holds. */
  long stored(Session session) {
    return session
        .query("SELECT n FROM " + prefix + "progress WHERE writer = ?", number)
        .single()
        .getLong(0);
  }

  /** The number of the commit that made the last of them. */
  long storedSeq(Session session) {
    return session
        .query("SELECT _seq FROM " + prefix + "progress WHERE writer = ?", number)
        .single()
        .getLong(0);
  }

  /** Brings the maps to where the database is. */
  void advanceTo(long n) {
    while (done < n) {
      transaction(done + 1).forEach(step -> step.effect().run());
      done++;
    }
  }

  /** The statements of a transaction, in order. */
  List<Step> transaction(long n) {
    Random random = new Random(seed * 31 + number * 1_000_003L + n * 7_919L);
    List<Step> steps = new ArrayList<>();
    steps.add(
        step(
            "UPDATE " + prefix + "progress SET n = n + 1 WHERE writer = ? AND n = ?",
            () -> {},
            number,
            n - 1));
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      addChange(steps, random, n * 8 + i);
    }
    if (!perUser && random.nextInt(2) == 0) {
      addTransfer(steps, random, n);
    }
    if (perUser && random.nextInt(4) == 0) {
      steps.add(
          step(
              "INSERT INTO c.events (writer, n) VALUES (?, ?)",
              () -> {
                events++;
                eventSum += n;
              },
              number,
              n));
    }
    return steps;
  }

  private static Step step(String sql, Runnable effect, Object... parameters) {
    return new Step(sql, Arrays.asList(parameters), effect);
  }

  private int key(Random random) {
    return firstKey + random.nextInt(KEYS);
  }

  private void addChange(List<Step> steps, Random random, long unique) {
    int key = key(random);
    switch (random.nextInt(9)) {
      case 0, 1, 2 -> addUpsert(steps, random, key, unique);
      case 3 -> {
        int last = Math.min(key + 5, firstKey + KEYS - 1);
        steps.add(
            step(
                "UPDATE " + prefix + "items SET a = a + 1 WHERE id BETWEEN ? AND ?",
                () ->
                    items
                        .subMap(key, true, last, true)
                        .replaceAll((id, item) -> new Item(item.a + 1, item.b, item.u)),
                key,
                last));
      }
      case 4 ->
          steps.add(
              step("DELETE FROM " + prefix + "items WHERE id = ?", () -> items.remove(key), key));
      case 5 -> addMove(steps, key, key(random));
      default -> addFamily(steps, random);
    }
  }

  private void addUpsert(List<Step> steps, Random random, int key, long unique) {
    String b = unique % 11 == 0 ? "long ".repeat(200) + unique : "text " + unique;
    int a = random.nextInt(5);
    long u = firstKey * 1_000_000_000L + unique;
    steps.add(
        step(
            "INSERT INTO "
                + prefix
                + "items (id, a, b, u) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                + " SET a = "
                + prefix.substring(2)
                + "items.a + 1, b = EXCLUDED.b, u = EXCLUDED.u",
            () ->
                items.merge(
                    key, new Item(a, b, u), (old, added) -> new Item(old.a + 1, added.b, added.u)),
            key,
            a,
            b,
            u));
  }

  /** The row goes to another key, in whose place a row may have been. */
  private void addMove(List<Step> steps, int from, int to) {
    if (from == to) {
      return;
    }
    steps.add(
        step(
            "DELETE FROM "
                + prefix
                + "items WHERE id = ? AND EXISTS (SELECT 1 FROM "
                + prefix
                + "items WHERE id = ?)",
            () -> {
              if (items.containsKey(from)) {
                items.remove(to);
              }
            },
            to,
            from));
    steps.add(
        step(
            "UPDATE " + prefix + "items SET id = ? WHERE id = ?",
            () -> {
              @Nullable Item moved = items.remove(from);
              if (moved != null) {
                items.put(to, moved);
              }
            },
            to,
            from));
  }

  private void addFamily(List<Step> steps, Random random) {
    int parent = firstKey + random.nextInt(PARENTS);
    if (random.nextInt(4) == 0) {
      steps.add(
          step(
              "DELETE FROM " + prefix + "parents WHERE id = ?",
              () -> {
                parents.remove(parent);
                children.values().removeIf(child -> child.parent == parent);
              },
              parent));
      return;
    }
    int v = random.nextInt(100);
    int child = key(random);
    steps.add(
        step(
            "INSERT INTO "
                + prefix
                + "parents VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v",
            () -> parents.put(parent, v),
            parent,
            v));
    steps.add(
        step(
            "INSERT INTO "
                + prefix
                + "children VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
                + " SET parent = EXCLUDED.parent, v = EXCLUDED.v",
            () -> children.put(child, new Child(parent, v)),
            child,
            parent,
            v));
  }

  private void addTransfer(List<Step> steps, Random random, long n) {
    int from = random.nextInt(ACCOUNTS);
    int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
    int amount = 1 + random.nextInt(50);
    String move = "UPDATE c.accounts SET balance = balance + ? WHERE id = ?";
    steps.add(step(move, () -> {}, -amount, from));
    steps.add(step(move, () -> {}, amount, to));
    steps.add(step("UPDATE c.tickets SET n = n + 1 WHERE id = 0", () -> {}));
    steps.add(
        step(
            "INSERT INTO c.transfers SELECT n, ?, ?, ?, ?, ? FROM c.tickets WHERE id = 0",
            () -> transfers.put(n, new Transfer(from, to, amount)),
            number,
            n,
            from,
            to,
            amount));
  }
}

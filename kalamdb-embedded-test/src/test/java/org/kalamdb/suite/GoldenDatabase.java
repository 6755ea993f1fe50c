package org.kalamdb.suite;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;

/**
 * The small database whose files are kept beside the tests: all types and kinds of tables, hot and
 * cold rows, replaced and deleted ones, indexes, constraints, views, and tables altered several
 * versions deep.
 */
final class GoldenDatabase {
  /** What is asked of it: user or null, and a query. */
  record Question(String user, String sql) {
    @Override
    public String toString() {
      return (user == null ? "" : user + " ") + "> " + sql;
    }
  }

  static final List<Question> QUESTIONS =
      List.of(
          new Question(null, "SELECT * FROM g.types ORDER BY id"),
          new Question(null, "SELECT id FROM g.types WHERE txt = 'näme' ORDER BY id"),
          new Question(null, "SELECT * FROM g.orders ORDER BY region, id"),
          new Question(null, "SELECT * FROM g.orders WHERE region = 'north' AND id = 3"),
          new Question(null, "SELECT region, id FROM g.orders WHERE _deleted ORDER BY region, id"),
          new Question(null, "SELECT count(*), sum(amount), min(note), max(rank) FROM g.orders"),
          new Question(null, "SELECT id FROM g.orders WHERE amount = 30 ORDER BY id"),
          new Question(null, "SELECT * FROM g.lines ORDER BY id"),
          new Question(null, "SELECT * FROM g.big_orders ORDER BY 1, 2"),
          new Question(null, "SELECT a, b FROM g.keyless ORDER BY a, b"),
          new Question("ada", "SELECT * FROM g.notes ORDER BY id"),
          new Question("Bob/../x", "SELECT * FROM g.notes ORDER BY id"),
          new Question("nobody", "SELECT * FROM g.notes ORDER BY id"),
          new Question("ada", "SELECT id FROM g.notes WHERE body LIKE 'n%' ORDER BY id"),
          new Question("ada", "SELECT * FROM g.events ORDER BY what"),
          new Question(null, "DESCRIBE g.orders"),
          new Question(null, "SHOW INDEXES FROM g.orders"));

  private GoldenDatabase() {}

  static KalamOptions options() {
    return KalamOptions.builder()
        .durability(Durability.NONE)
        .backgroundCompaction(false)
        .clock(new HandClock())
        .build();
  }

  /**
   * Makes the database in a directory that does not exist, and in another what a process leaves
   * that is killed.
   */
  static void make(Path directory, Path killed) throws IOException {
    try (KalamDB db = KalamDB.open(directory, options())) {
      db.execute("CREATE NAMESPACE g");
      makeTypes(db);
      makeOrders(db);
      makeUsers(db);
      db.execute(
          "CREATE TABLE g.keyless (a INT, b TEXT); INSERT INTO g.keyless VALUES (1, 'x'), (1, 'x')");
      db.execute("STORAGE FLUSH TABLE g.keyless; UPDATE g.keyless SET b = 'y' WHERE a = 1");
      db.execute("INSERT INTO g.keyless VALUES (NULL, NULL)");
      db.execute("CREATE TABLE g.empty (id INT PRIMARY KEY)");
      copy(directory, killed);
    }
  }

  private static void makeTypes(KalamDB db) {
    db.execute(
        """
        CREATE TABLE g.types (txt TEXT COMPRESSION none, id INT PRIMARY KEY, bool BOOLEAN, small SMALLINT, big BIGINT, single REAL,
          twice DOUBLE PRECISION, d9 DECIMAL(9,2), d18 DECIMAL(18,4), d38 DECIMAL(38,10), d76 DECIMAL(76,5), v VARCHAR(20),
          c CHAR(4), raw BYTES, day DATE, clock TIME, stamp TIMESTAMP, moment TIMESTAMPTZ, zoned ZONED_TIMESTAMP,
          ident UUID, doc JSON COMPRESSION snappy, emb EMBEDDING(3), span INTERVAL)""");
    for (int round = 0; round < 2; round++) {
      int base = round * 10;
      db.execute(
          "INSERT INTO g.types VALUES ('näme', "
              + (base + 1)
              + """
              , true, -32768, -9223372036854775808, 1.5, 'NaN', -1.25, 12345.6789, 1234567890.0123456789,
              99999999999999999999999999999999999999999999.12345, 'vär', 'ab', '\\x00ff80', '0001-01-01', '23:59:59.999999',
              '1969-12-31 23:59:59.5', '2026-05-01 10:00:00+02', '2026-05-01 10:00:00+02:00[Europe/Berlin]',
              'ffffffff-0000-4000-8000-000000000001', '{"a": [1, null]}', '[1, -2.5, 0]', '1 year 2 days 3 seconds')""");
      db.execute(
          "INSERT INTO g.types (id, txt, day, stamp, moment, single) VALUES ("
              + (base + 2)
              + ", '', 'infinity', '-infinity', 'infinity', '-Infinity'), ("
              + (base + 3)
              + ", NULL, NULL, NULL, NULL, NULL)");
      if (round == 0) {
        db.execute("STORAGE FLUSH TABLE g.types");
      }
    }
  }

  private static void makeOrders(KalamDB db) {
    db.execute(
        """
        CREATE TABLE g.orders (amount SMALLINT CHECK (amount >= 0), region VARCHAR(8), id INT, old TEXT, note VARCHAR(5),
          PRIMARY KEY (region, id), UNIQUE (id), INDEX by_amount (amount DESC), INDEX (note) USING BLOOM)""");
    db.execute(
        "INSERT INTO g.orders SELECT g * 10, CASE WHEN g % 2 = 0 THEN 'south' ELSE 'north' END, g, 'old', 'n' || g"
            + " FROM generate_series(1, 40) g");
    db.execute("STORAGE FLUSH TABLE g.orders");
    db.execute(
        "UPDATE g.orders SET note = 'again' WHERE id IN (3, 4); DELETE FROM g.orders WHERE id = 5");
    db.execute(
        "ALTER TABLE g.orders DROP old, ADD rank INT NOT NULL DEFAULT 7, RENAME note TO note2");
    db.execute(
        "ALTER TABLE g.orders ALTER note2 TYPE TEXT; ALTER TABLE g.orders RENAME note2 TO note");
    db.execute("STORAGE FLUSH TABLE g.orders");
    db.execute("DELETE FROM g.orders WHERE id BETWEEN 31 AND 40; STORAGE FLUSH TABLE g.orders");
    db.execute("STORAGE COMPACT TABLE g.orders");
    db.execute(
        "ALTER TABLE g.orders ADD old INT, ADD added TIMESTAMP DEFAULT '2026-05-01 00:00:00'");
    db.execute("ALTER TABLE g.orders ALTER rank TYPE BIGINT");
    db.execute(
        "INSERT INTO g.orders (amount, region, id, rank) VALUES (30, 'west', 100, 5000000000)");
    db.execute(
        "UPDATE g.orders SET region = 'west' WHERE id = 6; DELETE FROM g.orders WHERE id = 8");
    db.execute(
        """
        CREATE TABLE g.lines (id BIGINT PRIMARY KEY, order_id INT REFERENCES g.orders (id) ON DELETE CASCADE,
          price DECIMAL(8,2), total DECIMAL(10,2) GENERATED ALWAYS AS (price * 2) STORED)""");
    db.execute(
        "INSERT INTO g.lines (id, order_id, price) VALUES (1, 3, 1.5), (2, 7, 2), (3, 100, 3)");
    db.execute("STORAGE FLUSH TABLE g.lines; DELETE FROM g.orders WHERE id = 7");
    db.execute(
        "CREATE VIEW g.big_orders AS SELECT id, amount * 2 AS double FROM g.orders WHERE amount > 200");
  }

  private static void makeUsers(KalamDB db) {
    db.execute(
        "CREATE USER TABLE g.notes (id BIGINT PRIMARY KEY, body TEXT, INDEX (body))"
            + " WITH (DELETED_RETENTION_HOURS = 'off', USE_USER_STORAGE = true)");
    db.execute("ALTER USER ada SET STORAGE_ID = 'local'");
    db.execute("CREATE STREAM TABLE g.events (what TEXT, n INT) WITH (TTL_SECONDS = 1000000)");
    for (String user : List.of("ada", "Bob/../x")) {
      try (Session session = db.session(user)) {
        session.execute("INSERT INTO g.notes VALUES (1, 'note'), (2, 'other'), (3, ?)", user);
        session.execute("INSERT INTO g.events VALUES ('come', 1), ('go', 2)");
      }
    }
    db.execute("STORAGE FLUSH TABLE g.notes");
    try (Session session = db.session("ada")) {
      session.execute(
          "UPDATE g.notes SET body = 'new' WHERE id = 2; DELETE FROM g.notes WHERE id = 1");
      session.execute("DELETE FROM g.events WHERE n = 1");
    }
    db.execute("ALTER TABLE g.notes ADD at DATE DEFAULT '2026-01-01'");
  }

  /** Each question and its answer, a line a row. */
  static List<String> answers(KalamDB db) {
    List<String> lines = new ArrayList<>();
    for (Question question : QUESTIONS) {
      lines.add(question.toString());
      try (Session session = question.user() == null ? db.session() : db.session(question.user())) {
        Sql.rows(session, question.sql()).forEach(row -> lines.addAll(row.lines().toList()));
      }
    }
    return lines;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path path : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        Files.createDirectories(target.getParent());
        Files.copy(path, target);
      }
    }
  }

  static void zip(Path directory, Path target) throws IOException {
    try (OutputStream file = Files.newOutputStream(target);
        ZipOutputStream zip = new ZipOutputStream(file);
        Stream<Path> files = Files.walk(directory)) {
      for (Path path : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = directory.relativize(path).toString().replace('\\', '/');
        if (!isNeeded(name)) {
          continue;
        }
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(0);
        zip.putNextEntry(entry);
        Files.copy(path, zip);
        zip.closeEntry();
      }
    }
  }

  /** RocksDB's own log of what it did, and locks, are no data. */
  private static boolean isNeeded(String name) {
    return !name.startsWith("hot/LOG") && !name.endsWith("LOCK") && !name.equals("kalam.lock");
  }

  static void unzip(InputStream in, Path directory) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path path = directory.resolve(entry.getName()).normalize();
        if (!path.startsWith(directory)) {
          throw new IOException("Outside: " + entry.getName());
        }
        Files.createDirectories(path.getParent());
        Files.copy(zip, path);
      }
    }
  }
}

package org.kalamdb.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.query.Row;

/**
 * A database of some fifty rows, hot and cold, with rows replaced and deleted in segments, a user
 * without a segment yet, indexes, and a foreign key; and what is in it as lines of text.
 */
public final class TinyDatabase {
  public static final KalamOptions OPTIONS =
      KalamOptions.builder()
          .durability(Durability.NONE)
          .hotCacheBytes(4 << 20)
          .coldCacheBytes(4 << 20)
          .queryThreads(1)
          .build();

  private TinyDatabase() {}

  public static void make(Path directory) {
    try (KalamDB db = KalamDB.open(directory, OPTIONS);
        Session alice = db.session("alice");
        Session bob = db.session("bob")) {
      db.execute("CREATE NAMESPACE f");
      db.execute("CREATE USER TABLE f.t (id INT PRIMARY KEY, a INT, b TEXT, u INT UNIQUE)");
      db.execute("CREATE INDEX t_a ON f.t (a)");
      db.execute("CREATE TABLE f.s (id INT PRIMARY KEY, a INT)");
      db.execute("CREATE TABLE f.r (id INT PRIMARY KEY, s INT REFERENCES f.s ON DELETE CASCADE)");
      String rows =
          "INSERT INTO f.t SELECT i, i % 5, 'row ' || i, i FROM generate_series(?, ?) AS g (i)";
      alice.execute(rows, 1, 20);
      db.execute("INSERT INTO f.s SELECT i, i * i FROM generate_series(1, 10) AS g (i)");
      db.execute("INSERT INTO f.r SELECT i, i FROM generate_series(1, 10) AS g (i)");
      db.execute("STORAGE FLUSH ALL");
      alice.execute("UPDATE f.t SET a = a + 1 WHERE id <= 5");
      alice.execute("DELETE FROM f.t WHERE id > 17");
      alice.execute(rows, 21, 25);
      db.execute("STORAGE FLUSH TABLE f.t");
      alice.execute("UPDATE f.t SET a = a + 1 WHERE id IN (3, 4, 22)");
      alice.execute(rows, 26, 30);
      bob.execute(rows, 1, 10);
      db.execute("UPDATE f.s SET a = -a WHERE id < 4");
      db.execute("DELETE FROM f.s WHERE id = 10");
    }
  }

  public static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  public static void deleteTree(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Opens a session of a user, or of the application if there is none. */
  public interface Sessions {
    Session open(@Nullable String user);
  }

  /** All there is, table by table. */
  public static List<List<String>> content(Sessions sessions) {
    return List.of(rows(sessions, "t"), rows(sessions, "s"), rows(sessions, "r"));
  }

  static List<List<String>> content(KalamDB db) {
    return content(user -> user == null ? db.session() : db.session(user));
  }

  /** All rows of a table, or that it is not there. */
  private static List<String> rows(Sessions sessions, String table) {
    List<String> found = new ArrayList<>();
    try (Session application = sessions.open(null)) {
      if (application.query("SHOW TABLES IN f").list().stream()
          .noneMatch(row -> row.toString().contains(table + ","))) {
        return List.of("no table");
      }
      if (!table.equals("t")) {
        add(application.query("SELECT * FROM f." + table + " ORDER BY id").list(), table, found);
        return found;
      }
    }
    for (String user : List.of("alice", "bob")) {
      try (Session session = sessions.open(user)) {
        add(session.query("SELECT * FROM f.t ORDER BY id").list(), user, found);
        String byIndex =
            "SELECT a, count(*) FROM f.t WHERE a BETWEEN 0 AND 9 GROUP BY a ORDER BY a";
        add(session.query(byIndex).list(), user + " by a", found);
      }
    }
    return found;
  }

  private static void add(List<Row> rows, String prefix, List<String> found) {
    rows.forEach(row -> found.add(prefix + " " + row));
  }
}

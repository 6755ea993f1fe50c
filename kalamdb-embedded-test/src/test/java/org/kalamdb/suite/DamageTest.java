package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random damage to the files of a database that is not open: it comes back whole, or is refused
 * with words that name what is wrong, when it is opened or when what is damaged is read. Never does
 * it come back with other rows, without some, or not at all.
 *
 * <p>{@code -Dkalamdb.damage.seed=N -Dkalamdb.damage.trials=N} repeat or lengthen it.
 */
@ExtendWith(TemporaryDatabase.class)
class DamageTest {
  private static final Logger LOG = LoggerFactory.getLogger(DamageTest.class);
  private static final long SEED = Long.getLong("kalamdb.damage.seed", System.nanoTime());
  private static final int TRIALS = Integer.getInteger("kalamdb.damage.trials", 150);
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** How a trial ended. */
  private enum Verdict {
    INTACT,
    REFUSED_AT_OPEN,
    REFUSED_WHEN_READ
  }

  /** Rows in all tiers, deleted ones, an index, a second table, more than one log file's worth. */
  private static void fill(KalamDB db) {
    db.execute("CREATE NAMESPACE k");
    db.execute("CREATE USER TABLE k.t (id BIGINT PRIMARY KEY, n INT, v TEXT)");
    db.execute("CREATE INDEX t_n ON k.t (n)");
    db.execute("CREATE SHARED TABLE k.s (id BIGINT PRIMARY KEY, v TEXT)");
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        session.execute(
            "INSERT INTO k.t SELECT i, (i % 7)::int, 'cold ' || i || repeat('x', 50)"
                + " FROM generate_series(1, 400) g(i)");
      }
    }
    db.execute("INSERT INTO k.s SELECT i, 'shared ' || i FROM generate_series(1, 300) g(i)");
    db.execute("STORAGE FLUSH TABLE k.t");
    try (Session alice = db.session("alice")) {
      alice.execute("UPDATE k.t SET v = 'changed ' || id WHERE id % 5 = 0");
      alice.execute("DELETE FROM k.t WHERE id % 11 = 0");
      for (int i = 1_000; i < 1_050; i++) {
        alice.execute("INSERT INTO k.t VALUES (?, ?, ?)", i, i % 7, "hot " + i);
      }
    }
    db.execute("DELETE FROM k.s WHERE id > 250");
  }

  private static List<String> contents(KalamDB db) {
    List<String> rows = new ArrayList<>();
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        rows.addAll(Sql.rows(session, "SELECT id, n, v FROM k.t ORDER BY id"));
        rows.addAll(Sql.rows(session, "SELECT count(*) FROM k.t"));
        for (int n = 0; n < 7; n++) {
          rows.addAll(Sql.rows(session, "SELECT id FROM k.t WHERE n = " + n + " ORDER BY id"));
        }
      }
    }
    try (Session application = db.session()) {
      rows.addAll(Sql.rows(application, "SELECT id, v FROM k.s ORDER BY id"));
    }
    return rows;
  }

  @Test
  void damage_toAClosedDatabase_isNeverSilent(TestDatabase database) throws Exception {
    fill(database.db());
    List<String> expected = contents(database.db());
    database.closeDatabase();
    run(database.directory(), database.scratch(), expected, SEED);
  }

  @Test
  void damage_toAReopenedDatabase_isNeverSilent(TestDatabase database) throws Exception {
    fill(database.db());
    database.closeDatabase();
    database.db().execute("INSERT INTO k.s VALUES (999, 'after the first close')");
    List<String> expected = contents(database.db());
    database.closeDatabase();
    run(database.directory(), database.scratch(), expected, SEED + 1);
  }

  private static void run(Path original, Path scratch, List<String> expected, long seed)
      throws Exception {
    Random random = new Random(seed);
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    for (int trial = 0; trial < TRIALS / 2; trial++) {
      Path copy = scratch.resolve("trial-" + trial);
      copyTree(original, copy);
      String damage = damage(copy, random);
      String what = "seed " + seed + ", trial " + trial + ": " + damage;
      Verdict verdict = assertTimeoutPreemptively(LIMIT, () -> judge(copy, expected, what), what);
      verdicts.merge(verdict, 1, Integer::sum);
      deleteTree(copy);
    }
    LOG.atInfo().addKeyValue("seed", seed).addKeyValue("verdicts", verdicts).log("Damage");
    assertThat(verdicts.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(TRIALS / 2);
  }

  private static Verdict judge(Path directory, List<String> expected, String damage) {
    try (KalamDB db = KalamDB.open(directory)) {
      List<String> found;
      try {
        found = contents(db);
      } catch (KalamException e) {
        assertDamage(e, damage);
        return Verdict.REFUSED_WHEN_READ;
      }
      assertThat(found).as(damage).isEqualTo(expected);
      return Verdict.INTACT;
    } catch (KalamException e) {
      assertDamage(e, damage);
      return Verdict.REFUSED_AT_OPEN;
    }
  }

  private static void assertDamage(KalamException error, String damage) {
    assertThat(error.sqlState())
        .as(damage + ": " + error)
        .isIn("XX001", "XX002", "58030", "58P01", "08001", "0A000");
    assertThat(error.getMessage()).as(damage).isNotBlank();
  }

  // ---- damages

  private static String damage(Path directory, Random random) throws IOException {
    List<Path> files = new ArrayList<>(files(directory));
    Path file = files.get(random.nextInt(files.size()));
    long length = Files.size(file);
    int kind = random.nextInt(6);
    if (length == 0 && kind < 4) {
      kind = 5;
    }
    String name = directory.relativize(file) + " of " + length + " bytes: ";
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      switch (kind) {
        case 0 -> {
          long at = random.nextLong(length);
          access.seek(at);
          int bit = 1 << random.nextInt(8);
          int old = access.read();
          access.seek(at);
          access.write(old ^ bit);
          return name + "bit " + bit + " at " + at + " turned";
        }
        case 1 -> {
          long at = random.nextLong(length) / 512 * 512;
          access.seek(at);
          access.write(new byte[(int) Math.min(512, length - at)]);
          return name + "sector at " + at + " zeroed";
        }
        case 2 -> {
          long to =
              random.nextBoolean()
                  ? random.nextLong(length)
                  : length - 1 - random.nextLong(Math.min(length, 200));
          access.setLength(to);
          return name + "cut to " + to;
        }
        case 3 -> {
          byte[] garbage = new byte[1 + random.nextInt(100)];
          random.nextBytes(garbage);
          long at = random.nextLong(length);
          access.seek(at);
          access.write(garbage);
          return name + garbage.length + " bytes of garbage at " + at;
        }
        case 4 -> {
          byte[] garbage = new byte[1 + random.nextInt(100)];
          random.nextBytes(garbage);
          access.seek(length);
          access.write(garbage);
          return name + garbage.length + " bytes of garbage appended";
        }
        default -> {}
      }
    }
    Files.delete(file);
    return name + "deleted";
  }

  private static TreeSet<Path> files(Path directory) throws IOException {
    TreeSet<Path> files = new TreeSet<>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(file);
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  private static void copyTree(Path from, Path to) throws IOException {
    for (Path file : files(from)) {
      Path target = to.resolve(from.relativize(file));
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}

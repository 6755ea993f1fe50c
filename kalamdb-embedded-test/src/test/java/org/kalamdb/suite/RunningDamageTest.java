package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.file.DatabaseState;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.kv.rocksdb.HotFiles;
import org.kalamdb.internal.storage.kv.rocksdb.RocksKeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.RocksOptions;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * Files that are damaged under a database at work: what needs them fails with XX001 naming file or
 * table, and everything else goes on.
 */
@ExtendWith(TemporaryDatabase.class)
class RunningDamageTest {
  /** What becomes of a segment. */
  enum Harm {
    PAGE,
    FOOTER,
    SHORTENED,
    MISSING
  }

  private static KalamException damaged(Runnable work) {
    KalamException e = catchThrowableOfType(KalamException.class, work::run);
    assertThat(e).isNotNull();
    assertThat(e.sqlState()).as(e.toString()).isEqualTo("XX001");
    return e;
  }

  private static void flip(Path file, double where) {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      long at = (long) (access.length() * where);
      byte[] bytes = new byte[16];
      access.seek(at);
      access.readFully(bytes);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] ^= 0x5A;
      }
      access.seek(at);
      access.write(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Path largest(TestDatabase database, String ending) {
    return database.filesEndingWith(ending).stream()
        .max(Comparator.comparingLong(file -> file.toFile().length()))
        .orElseThrow();
  }

  @Test
  void hotBlock_damagedWhileRunning_failsWhatReadsIt_andNothingElse(TestDatabase database) {
    database.expectDamage();
    KalamDB db = database.db();
    for (String table : List.of("a", "b")) {
      db.execute("CREATE TABLE " + table + " (id INT PRIMARY KEY, v TEXT)");
      db.execute(
          "INSERT INTO "
              + table
              + " SELECT i, md5(i::text) || md5((i + 1)::text)"
              + " FROM generate_series(1, 4000) g(i)");
    }
    db = database.reopen(); // the rows are in a file now
    Path file = largest(database, ".sst");
    flip(file, 0.2);
    KalamDB open = db;
    KalamException counted = damaged(() -> open.query("SELECT count(*), max(v) FROM a").list());
    assertThat(counted.getMessage()).contains(file.getFileName().toString());
    damaged(() -> open.query("SELECT id FROM a ORDER BY id DESC").list());
    damaged(() -> open.execute("UPDATE a SET v = v || '!'"));
    damaged(() -> open.execute("STORAGE FLUSH TABLE a"));
    assertThat(Sql.rows(open.session(), "SELECT count(*) FROM b")).containsExactly("4000");
    assertThat(Sql.rows(open.session(), "SELECT id FROM a WHERE id = 3999"))
        .containsExactly("3999");
    // Writes go on until RocksDB merges files and meets the block: then there are only reads.
    KalamException refused = null;
    for (int i = 0; i < 50 && refused == null; i++) {
      refused =
          catchThrowableOfType(
              KalamException.class,
              () -> {
                open.execute("UPDATE b SET v = v || '!' WHERE id < 100");
                open.execute("STORAGE FLUSH TABLE b");
              });
    }
    assertThat(refused).isNotNull();
    assertThat(refused.sqlState()).isIn("40003", "58030", "XX001");
    assertThat(Sql.rows(open.session(), "SELECT count(*) FROM b")).containsExactly("4000");
    assertThat(open.check().problems()).anyMatch(problem -> problem.toString().contains("a:"));
  }

  @ParameterizedTest
  @EnumSource
  void segment_harmedWhileRunning_failsItsPartition_andNothingElse(
      Harm harm, TestDatabase database) {
    segment(harm, database, db -> {});
  }

  @ParameterizedTest
  @EnumSource
  void segment_harmedWhileClosed_failsItsPartition_andNothingElse(
      Harm harm, TestDatabase database) {
    segment(harm, database, db -> database.reopen());
    List<String> reported = database.db().recovery().missingSegments();
    // What a footer or a page holds is not read before somebody asks for it.
    assertThat(reported).hasSize(harm == Harm.SHORTENED || harm == Harm.MISSING ? 1 : 0);
  }

  private static void segment(Harm harm, TestDatabase database, Consumer<KalamDB> afterwards) {
    database.expectDamage();
    KalamDB db = database.db();
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT)");
    db.execute("CREATE SHARED TABLE n.s (id INT PRIMARY KEY, v TEXT)");
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        session.execute(
            "INSERT INTO n.t SELECT i, md5(i::text) FROM generate_series(1, 3000) g(i)");
      }
    }
    db.execute("INSERT INTO n.s VALUES (1, 'x')");
    db.execute("STORAGE FLUSH ALL");
    Path file =
        database.filesEndingWith(".parquet").stream()
            .filter(path -> path.toString().contains("alice"))
            .findFirst()
            .orElseThrow();
    try {
      switch (harm) {
        case PAGE -> flip(file, 0.4);
        case FOOTER -> flip(file, 0.99);
        case SHORTENED -> {
          try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(access.length() / 2);
          }
        }
        case MISSING -> Files.delete(file);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    afterwards.accept(db);
    KalamDB open = database.db();
    try (Session alice = open.session("alice");
        Session bob = open.session("bob")) {
      KalamException e = damaged(() -> Sql.rows(alice, "SELECT max(v) FROM n.t"));
      assertThat(e.getMessage()).contains(file.getFileName().toString()).contains("n.t");
      damaged(() -> alice.execute("UPDATE n.t SET v = 'z'"));
      assertThat(Sql.rows(bob, "SELECT count(*) FROM n.t")).containsExactly("3000");
      bob.execute("UPDATE n.t SET v = 'changed' WHERE id = 7");
      alice.execute("INSERT INTO n.t VALUES (9000, 'behind all cold keys')");
      assertThat(Sql.rows(open.session(), "SELECT v FROM n.s")).containsExactly("x");
      open.execute("STORAGE FLUSH ALL");
      assertThat(Sql.rows(bob, "SELECT count(*), max(v) FROM n.t WHERE id <= 7"))
          .hasSize(1)
          .allMatch(row -> row.startsWith("7|"));
      assertThat(open.check().problems())
          .isNotEmpty()
          .allMatch(problem -> problem.toString().contains(file.getFileName().toString()));
    }
  }

  @Test
  void rowByKey_ofColumnsThatAreWhole_readsNoOthers(TestDatabase database) throws Exception {
    database.expectDamage();
    KalamDB db = database.db();
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, long TEXT, b INT)");
    db.execute("CREATE INDEX t_a ON t (a)");
    // Most of the file is of the long column.
    db.execute(
        "INSERT INTO t SELECT i, i + 1, repeat(md5(i::text), 100), i + 2"
            + " FROM generate_series(1, 2000) g(i)");
    db.execute("STORAGE FLUSH TABLE t");
    flip(database.filesEndingWith(".parquet").get(0), 0.5);
    try (Session session = database.reopen().session()) {
      assertThat(Sql.rows(session, "SELECT b, a FROM t WHERE id = 1000"))
          .containsExactly("1002|1001");
      assertThat(Sql.rows(session, "SELECT b FROM t WHERE id = 1000 AND a > 7"))
          .containsExactly("1002");
      assertThat(Sql.rows(session, "SELECT b FROM t WHERE a = 1001")).containsExactly("1002");
      long broken = 0;
      for (int id = 1; id <= 2000; id++) {
        String sql = "SELECT * FROM t WHERE id = " + id;
        try {
          assertThat(Sql.rows(session, sql)).hasSize(1);
        } catch (KalamException e) {
          assertThat(e.sqlState()).isEqualTo("XX001");
          String update = "UPDATE t SET a = 0 WHERE id = " + id;
          damaged(() -> session.execute(update));
          broken++;
        }
      }
      assertThat(broken).isPositive();
    }
  }

  @Test
  void manifestEntry_damaged_failsItsTable_andNothingElse(TestDatabase database) throws Exception {
    database.expectDamage();
    KalamDB db = database.db();
    for (String table : List.of("a", "b")) {
      db.execute("CREATE TABLE " + table + " (id INT PRIMARY KEY, v TEXT)");
      db.execute("INSERT INTO " + table + " VALUES (1, 'x'), (2, 'y')");
    }
    db.execute("STORAGE FLUSH ALL");
    database.closeDatabase();
    damageFirstEntry(database.directory());
    int files = database.filesEndingWith(".parquet").size();

    KalamDB open = database.db();
    assertThat(open.recovery().missingSegments())
        .hasSize(1)
        .first()
        .asString()
        .contains("default.a");
    assertThat(database.filesEndingWith(".parquet")).as("nothing is an orphan").hasSize(files);
    assertThat(damaged(() -> open.query("SELECT * FROM a").list()).getMessage())
        .contains("default.a");
    assertThat(Sql.rows(open.session(), "SELECT count(*) FROM b")).containsExactly("2");
    open.execute("INSERT INTO b VALUES (3, 'z')");
    open.execute("STORAGE FLUSH TABLE b");
    assertThat(Sql.rows(open.session(), "SELECT count(*) FROM b")).containsExactly("3");

    open.execute("DROP TABLE a");
    KalamDB again = database.reopen();
    assertThat(again.recovery().missingSegments()).isEmpty();
    assertThat(again.check().problems()).isEmpty();
    assertThat(Sql.rows(again.session(), "SELECT count(*) FROM b")).containsExactly("3");
  }

  /** Cuts the entry of the oldest table's segment, as a mistake in a program would. */
  private static void damageFirstEntry(Path directory) {
    try (DatabaseDirectory files = DatabaseDirectory.open(directory)) {
      long seq = files.state().seq();
      try (RocksKeyValueStore store =
          RocksKeyValueStore.open(
              files.hot(), RocksKeyValueStore.Past.CLOSED, RocksOptions.DEFAULTS)) {
        KvWriteBatch batch = new KvWriteBatch();
        try (KvIterator entries =
            store.iterator(KeyFamily.MANIFEST, new byte[0], null, false, null)) {
          assertThat(entries.next()).isTrue();
          byte[] value = entries.copyValue();
          batch.put(
              KeyFamily.MANIFEST,
              entries.copyKey(),
              java.util.Arrays.copyOf(value, value.length / 2));
        }
        store.write(batch, true);
      }
      files.note(new DatabaseState(true, seq, HotFiles.listClosed(files.hot())));
    }
  }
}

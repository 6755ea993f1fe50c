package org.kalamdb.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.Disks;
import org.kalamdb.query.Row;
import org.kalamdb.test.CrankyDisk;
import org.kalamdb.test.CrankyDisk.Effect;
import org.kalamdb.test.ForgetfulDisk;

/**
 * Many small partitions are flushed in groups, and put on disk by several threads: whatever fails
 * on the way, a group is published as a whole or not at all, and leaves no files.
 */
class FlushGroupTest {
  private static final int USERS = 30;
  private static final long SEED = 20261121;
  private static final int TRIES = Boolean.getBoolean("kalamdb.slow") ? 300 : 24;

  @TempDir Path directory;

  private static KalamDB withRows(Path data, int users) {
    KalamDB db = KalamDB.open(data, TinyDatabase.OPTIONS);
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v BIGINT) WITH (FLUSH_POLICY = 'off')");
    for (int user = 0; user < users; user++) {
      try (Session session = db.session("u" + user)) {
        session.execute("INSERT INTO n.t VALUES (1, 0), (2, ?)", (long) user);
      }
    }
    return db;
  }

  private static List<String> content(KalamDB db, int users) {
    List<String> rows = new ArrayList<>();
    for (int user = 0; user < users; user++) {
      try (Session session = db.session("u" + user)) {
        rows.add(session.query("SELECT * FROM n.t ORDER BY id").list().toString());
      }
    }
    return rows;
  }

  private static List<Path> files(Path data, String suffix) throws IOException {
    try (Stream<Path> all = Files.walk(data.resolve("cold"))) {
      return all.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }

  private static long hotRows(KalamDB db) {
    return db.query("SHOW STATS FOR TABLE n.t").single().getLong("hot_rows");
  }

  @Test
  void whateverFails_aGroupIsPublishedOrNot_asAWhole() throws IOException {
    System.out.println("FlushGroupTest seed " + SEED);
    Path template = directory.resolve("template");
    withRows(template, USERS).close();
    int operations = flushWith(template, 0, null, ForgetfulDisk.Cut.values()[0], 0);
    assertThat(operations).isGreaterThan(6 * USERS);
    SplittableRandom random = new SplittableRandom(SEED);
    Effect[] effects = {Effect.NOT_DONE, Effect.TORN, Effect.DONE, Effect.BROKEN};
    ForgetfulDisk.Cut[] cuts = ForgetfulDisk.Cut.values();
    for (int i = 1; i <= TRIES; i++) {
      flushWith(
          template,
          1 + random.nextInt(operations),
          effects[i % effects.length],
          cuts[i / effects.length % cuts.length],
          i);
    }
  }

  /** Gives the number of operations that it took. */
  private int flushWith(
      Path template, int nth, @Nullable Effect effect, ForgetfulDisk.Cut cut, int number)
      throws IOException {
    String what = effect + " at operation " + nth + ", " + cut;
    Path home = directory.resolve("try" + number);
    Path data = home.resolve("data");
    Files.createDirectory(home);
    TinyDatabase.copy(template, data);
    ForgetfulDisk forgetful = new ForgetfulDisk();
    CrankyDisk cranky = new CrankyDisk(forgetful);
    Disks.put(home, cranky);
    try {
      KalamDB db = KalamDB.open(data, TinyDatabase.OPTIONS);
      List<String> before = content(db, USERS);
      if (effect != null) {
        cranky.fail(nth, effect);
      } else {
        cranky.fail(Integer.MAX_VALUE, Effect.DELAYED);
      }
      boolean done = true;
      try {
        db.execute("STORAGE FLUSH TABLE n.t");
      } catch (KalamException e) {
        done = false;
      }
      int operations = cranky.operations().size();
      if (effect != Effect.BROKEN) {
        cranky.heal();
        assertThat(hotRows(db)).as(what).isEqualTo(done ? 0 : 2L * USERS);
        assertThat(content(db, USERS)).as(what).isEqualTo(before);
        assertThat(db.check().problems()).as(what).isEmpty();
      }
      // The power goes: what was acknowledged is on disk, and nothing else counts.
      cranky.fail(1, Effect.BROKEN);
      try {
        db.close();
      } catch (KalamException e) {
        assertThat(e.sqlState()).startsWith("58");
      }
      cranky.heal();
      forgetful.cut(cut, SEED + number);
      try (KalamDB again = KalamDB.open(data, TinyDatabase.OPTIONS)) {
        assertThat(again.recovery().missingSegments()).as(what).isEmpty();
        assertThat(content(again, USERS)).as(what).isEqualTo(before);
        assertThat(hotRows(again)).as(what).isEqualTo(done ? 0 : 2L * USERS);
        again.execute("STORAGE FLUSH TABLE n.t");
        assertThat(hotRows(again)).as(what).isZero();
        assertThat(content(again, USERS)).as(what).isEqualTo(before);
        assertThat(again.check().problems()).as(what).isEmpty();
        assertThat(files(data, ".tmp")).as(what).isEmpty();
        assertThat(files(data, ".parquet")).as(what).hasSize(USERS);
        assertThat(files(data, "manifest.json")).as(what).hasSize(USERS);
      }
      return operations;
    } finally {
      Disks.remove(home);
      TinyDatabase.deleteTree(home);
    }
  }

  @Test
  void writersBesideAGroup_loseNothing() throws Exception {
    int users = 300;
    Path data = directory.resolve("data");
    try (KalamDB db = withRows(data, users)) {
      AtomicBoolean stop = new AtomicBoolean();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      long[] added = new long[users];
      Thread writer =
          new Thread(
              () -> {
                SplittableRandom random = new SplittableRandom(SEED);
                try {
                  while (!stop.get()) {
                    int user = random.nextInt(users);
                    try (Session session = db.session("u" + user)) {
                      session.execute("UPDATE n.t SET v = v + 1 WHERE id = 1");
                    }
                    added[user]++;
                  }
                } catch (RuntimeException | Error e) {
                  failure.set(e);
                }
              });
      writer.start();
      for (int round = 0; round < 3; round++) {
        db.execute("STORAGE FLUSH TABLE n.t");
      }
      stop.set(true);
      writer.join();
      assertThat(failure.get()).isNull();
      db.execute("STORAGE FLUSH TABLE n.t");
      assertThat(hotRows(db)).isZero();
      for (int user = 0; user < users; user++) {
        try (Session session = db.session("u" + user)) {
          assertThat(session.query("SELECT v FROM n.t ORDER BY id").list().toString())
              .isEqualTo("[{v=" + added[user] + "}, {v=" + user + "}]");
        }
      }
      assertThat(db.check().problems()).isEmpty();
    }
  }

  @Test
  void killedFlush_leavesWholeGroups_andNoFiles() throws Exception {
    int users = 700;
    Path data = directory.resolve("data");
    try (KalamDB db = withRows(data, users);
        Session flusher = db.session()) {
      Thread killer =
          new Thread(
              () -> {
                String wanted = "SELECT id FROM system.jobs WHERE status = 'running' AND files > 0";
                List<Row> found = List.of();
                while (found.isEmpty()) {
                  found = db.query(wanted).list();
                }
                db.execute("KILL JOB '" + found.get(0).getString(0) + "'");
              });
      killer.start();
      KalamException stopped =
          catchThrowableOfType(
              KalamException.class, () -> flusher.execute("STORAGE FLUSH TABLE n.t"));
      killer.join();
      assertThat(stopped).isNotNull();
      assertThat(stopped.sqlState()).isEqualTo("57014");
      long hot = hotRows(db);
      assertThat(hot).isBetween(1L, 2L * users - 1);
      assertThat(files(data, ".tmp")).isEmpty();
      assertThat(files(data, ".parquet")).hasSize((int) (users - hot / 2));
      assertThat(db.check().problems()).isEmpty();
    }
  }
}

package org.kalamdb.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.Disks;
import org.kalamdb.test.CrankyDisk;
import org.kalamdb.test.CrankyDisk.Effect;
import org.kalamdb.test.RecordingDisk;

/**
 * A database of many segments that was closed in order is opened without a look at them, and what
 * is missing is found by who reads it; after a crash, or with something to clear away, all are
 * looked at.
 */
class SettledFilesTest {
  private static final int USERS = 1_100;

  @TempDir Path directory;

  private Path data() {
    return directory.resolve("data");
  }

  private KalamDB open() {
    return KalamDB.open(data(), TinyDatabase.OPTIONS);
  }

  private void fill() {
    try (KalamDB db = open()) {
      db.execute("CREATE NAMESPACE n");
      db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v INT) WITH (FLUSH_POLICY = 'off')");
      for (int user = 0; user < USERS; user++) {
        try (Session session = db.session("u" + user)) {
          session.execute("INSERT INTO n.t VALUES (1, ?)", user);
        }
      }
      db.execute("STORAGE FLUSH TABLE n.t");
    }
  }

  private Path segmentOf(String user) throws IOException {
    try (Stream<Path> all = Files.walk(data().resolve("cold"))) {
      return all.filter(file -> file.toString().contains("/" + user + "/"))
          .filter(file -> file.toString().endsWith(".parquet"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static void assertRefused(KalamDB db, String user, Path file) {
    try (Session session = db.session(user)) {
      for (String sql :
          List.of(
              "SELECT * FROM n.t",
              "SELECT v FROM n.t WHERE id = 1",
              "UPDATE n.t SET v = 7",
              "DELETE FROM n.t WHERE id = 1",
              "INSERT INTO n.t VALUES (1, 1)")) {
        KalamException e =
            catchThrowableOfType(
                KalamException.class,
                () -> {
                  if (sql.startsWith("SELECT")) {
                    session.query(sql).list();
                  } else {
                    session.execute(sql);
                  }
                });
        assertThat(e).as(sql).isNotNull();
        assertThat(e.sqlState()).as(sql).isEqualTo("XX001");
        assertThat(e.getMessage()).contains(file.getFileName().toString());
      }
    }
  }

  @Test
  void open_afterACleanClose_looksAtNoSegment_andWhatIsMissingIsFoundWhenItIsRead()
      throws Exception {
    fill();
    Path missing = segmentOf("u7");
    Path shortened = segmentOf("u8");
    Files.delete(missing);
    try (RandomAccessFile file = new RandomAccessFile(shortened.toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    Path orphan = Files.copy(segmentOf("u9"), segmentOf("u9").resolveSibling("1-00000001.parquet"));
    RecordingDisk disk = new RecordingDisk(Disks.local());
    Disks.put(data(), disk);
    try (KalamDB db = open()) {
      assertThat(disk.takeOpened()).isEmpty();
      assertThat(db.recovery().missingSegments()).isEmpty();
      assertRefused(db, "u7", missing);
      assertRefused(db, "u8", shortened);
      disk.takeOpened();
      try (Session session = db.session("u9")) {
        assertThat(session.query("SELECT v FROM n.t").single().getInt(0)).isEqualTo(9);
        session.execute("UPDATE n.t SET v = 10");
      }
      // One user's statements open no other's files.
      assertThat(disk.takeOpened()).isNotEmpty().allMatch(file -> file.toString().contains("/u9/"));
      assertThat(db.check().problems()).hasSizeGreaterThanOrEqualTo(2);
      // As a kill leaves it.
      Path killed = directory.resolve("killed");
      TinyDatabase.copy(data(), killed);
      try (KalamDB again = KalamDB.open(killed, TinyDatabase.OPTIONS)) {
        assertThat(again.recovery().missingSegments()).hasSize(2);
        assertThat(again.recovery().deletedFiles()).hasSize(1);
        assertRefused(again, "u7", missing);
      }
      try (KalamDB again = KalamDB.open(killed, TinyDatabase.OPTIONS)) {
        assertThat(again.recovery().missingSegments()).as("was not settled").hasSize(2);
      }
    } finally {
      Disks.remove(data());
    }
    assertThat(orphan).exists();
  }

  @Test
  void open_afterAFailureOfTheDisk_clearsAwayWhatItLeft() throws Exception {
    fill();
    CrankyDisk disk = new CrankyDisk(Disks.local());
    Disks.put(data(), disk);
    try (KalamDB db = open();
        Session session = db.session("u3")) {
      session.execute("INSERT INTO n.t VALUES (2, 2)");
      disk.fail(1, Effect.DONE); // the file is there, and nobody knows
      assertThat(
              catchThrowableOfType(
                  KalamException.class, () -> db.execute("STORAGE FLUSH TABLE n.t")))
          .isNotNull();
      disk.heal();
    } finally {
      Disks.remove(data());
    }
    try (KalamDB db = open()) {
      assertThat(db.recovery().deletedFiles()).hasSize(1);
    }
    try (KalamDB db = open();
        Session session = db.session("u3")) {
      assertThat(db.recovery().isUneventful()).isTrue();
      assertThat(session.query("SELECT count(*) FROM n.t").single().getLong(0)).isEqualTo(2);
    }
  }
}

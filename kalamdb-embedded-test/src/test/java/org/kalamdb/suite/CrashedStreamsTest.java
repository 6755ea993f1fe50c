package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.test.LiveQueryChecker;

/** A process that writes to streams and listens to them is killed in the middle. */
class CrashedStreamsTest {
  private static final int MOST = 5;
  private static final int KILLS = Boolean.getBoolean("kalamdb.slow") ? 30 : 4;

  /** Writes until it is killed, and prints each number that is committed. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      try (KalamDB db = KalamDB.open(Path.of(args[0]));
          Session alice = db.session("alice");
          Subscription live =
              alice.subscribe(
                  "SELECT id FROM n.brief", SubscriptionOptions.defaults(), event -> {})) {
        long id = alice.query("SELECT max(id) FROM n.e").single().getLong(0);
        while (live.isOpen()) {
          id++;
          alice.execute("INSERT INTO n.e VALUES (?)", id);
          System.out.println(id);
          alice.execute("INSERT INTO n.brief VALUES (?)", id);
          alice.execute("INSERT INTO n.lost VALUES (?)", id);
        }
      }
    }
  }

  @Test
  void killed_keepsTheNewestOfEachPartition(@TempDir Path directory) throws Exception {
    try (KalamDB db = KalamDB.open(directory);
        Session alice = db.session("alice")) {
      db.execute("CREATE NAMESPACE n");
      db.execute(
          "CREATE STREAM TABLE n.e (id BIGINT) WITH (TTL_SECONDS = 100000, MAX_BUFFER = "
              + MOST
              + ")");
      db.execute("CREATE STREAM TABLE n.brief (id BIGINT) WITH (TTL_SECONDS = 1)");
      db.execute(
          "CREATE STREAM TABLE n.lost (id BIGINT) WITH (TTL_SECONDS = 100, EPHEMERAL = true)");
      alice.execute("INSERT INTO n.e VALUES (0)");
    }
    for (int kill = 0; kill < KILLS; kill++) {
      long acknowledged = 0;
      try (ChildJvm child = new ChildJvm(Program.class, directory.toString())) {
        String line = child.readLine();
        for (int i = 0; i < 150 + kill * 40 && line != null; i++) {
          acknowledged = Long.parseLong(line);
          line = child.readLine();
        }
        child.kill();
        for (; line != null; line = child.readLine()) {
          acknowledged = Long.parseLong(line);
        }
      }
      try (KalamDB db = KalamDB.open(directory);
          Session alice = db.session("alice")) {
        assertThat(db.check().problems()).isEmpty();
        List<String> stored = Sql.rows(alice, "SELECT id FROM n.e ORDER BY id");
        // The one after the last acknowledged may have been committed.
        assertThat(stored).isIn(newestUpTo(acknowledged), newestUpTo(acknowledged + 1));
        assertThat(Sql.rows(alice, "SELECT id FROM n.lost")).isEmpty();
        try (LiveQueryChecker brief = new LiveQueryChecker(alice, "SELECT id FROM n.brief");
            LiveQueryChecker count = new LiveQueryChecker(alice, "SELECT count(*) FROM n.e")) {
          alice.execute("INSERT INTO n.brief VALUES (-1)");
          while (alice.query("SELECT count(*) FROM n.brief").single().getLong(0) > 0) {
            Thread.sleep(20);
          }
          brief.check();
          count.check();
          assertThat(brief.rows()).isEmpty();
        }
      }
    }
  }

  private static List<String> newestUpTo(long last) {
    return LongStream.rangeClosed(Math.max(0, last - MOST + 1), last)
        .mapToObj(Long::toString)
        .toList();
  }
}

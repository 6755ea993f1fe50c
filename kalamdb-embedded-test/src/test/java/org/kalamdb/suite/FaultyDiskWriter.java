package org.kalamdb.suite;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.Health;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A program that writes, reads and flushes until it is killed, whatever the disk does, and says
 * what came of it, a word and a value a line: {@code ack}, {@code refused} and {@code unknown} with
 * the id of a row, {@code flush} with ok or a SQLSTATE, {@code read} with the state in which rows
 * were read, {@code state} with a new one, {@code wrong} with what must not be. Argument: the
 * directory.
 */
final class FaultyDiskWriter {
  private static final int ROWS_PER_FLUSH = 100;

  private final PrintStream out =
      new PrintStream(
          new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
  private final AtomicLong acknowledged = new AtomicLong();
  private final KalamDB db;

  private FaultyDiskWriter(KalamDB db) {
    this.db = db;
  }

  public static void main(String[] arguments) throws InterruptedException {
    try (KalamDB db = KalamDB.open(Path.of(arguments[0]))) {
      db.execute("CREATE NAMESPACE n");
      db.execute("CREATE TABLE n.t (id BIGINT PRIMARY KEY, v TEXT)");
      FaultyDiskWriter writer = new FaultyDiskWriter(db);
      Thread reader = new Thread(writer::read);
      reader.setDaemon(true);
      reader.start();
      Thread watcher = new Thread(writer::watch);
      watcher.setDaemon(true);
      watcher.start();
      writer.write();
    }
  }

  private synchronized void say(String word, Object value) {
    out.println(word + " " + value);
  }

  private void write() throws InterruptedException {
    try (Session session = db.session()) {
      for (long id = 1; ; id++) {
        try {
          session.execute("INSERT INTO n.t VALUES (?, 'of ' || ?)", id, id);
          acknowledged.incrementAndGet();
          say("ack", id);
        } catch (KalamException e) {
          boolean unknown = e.code() == ErrorCode.STATEMENT_COMPLETION_UNKNOWN;
          if (!unknown && e.code() != ErrorCode.IO_ERROR) {
            say("wrong", e);
          }
          say(unknown ? "unknown" : "refused", id);
          Thread.sleep(2);
        }
        if (id % ROWS_PER_FLUSH == 0) {
          flush(session);
        }
      }
    }
  }

  private void flush(Session session) {
    try {
      session.execute("STORAGE FLUSH TABLE n.t");
      say("flush", "ok");
    } catch (KalamException e) {
      say("flush", e.sqlState());
    }
  }

  private void read() {
    try (Session session = db.session()) {
      while (true) {
        long least = acknowledged.get();
        Health.State before = db.health().state();
        long count = session.query("SELECT count(*) FROM n.t").single().getLong(0);
        if (count < least) {
          say("wrong", count + " rows where " + least + " were acknowledged");
        }
        if (db.health().state() == before) {
          say("read", before);
        }
      }
    } catch (KalamException e) {
      say("wrong", e);
    }
  }

  private void watch() {
    Health.State last = null;
    while (true) {
      Health.State now = db.health().state();
      if (now != last) {
        say("state", now);
        last = now;
      }
      Thread.onSpinWait();
    }
  }
}

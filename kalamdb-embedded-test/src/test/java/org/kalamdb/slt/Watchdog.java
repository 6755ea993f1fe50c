package org.kalamdb.slt;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.kalamdb.KalamDB;

/** Stops statements that run for too long. Thread-safe. */
final class Watchdog implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(10);

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "slt-watchdog");
            thread.setDaemon(true);
            return thread;
          });

  Watch watch(KalamDB db) {
    return new Watch(db);
  }

  /** Over one statement. Closing a database whose statement hangs is the way to end it. */
  final class Watch implements AutoCloseable {
    private final ScheduledFuture<?> alarm;
    private volatile boolean barked;

    private Watch(KalamDB db) {
      alarm =
          timer.schedule(
              () -> {
                barked = true;
                db.close();
              },
              LIMIT.toMillis(),
              TimeUnit.MILLISECONDS);
    }

    boolean hasBarked() {
      return barked;
    }

    @Override
    public void close() {
      alarm.cancel(false);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}

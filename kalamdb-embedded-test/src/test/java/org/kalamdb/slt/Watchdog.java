package org.kalamdb.slt;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/** Stops statements that run for too long. Thread-safe. */
final class Watchdog implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Duration limit;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "slt-watchdog");
            thread.setDaemon(true);
            return thread;
          });

  Watchdog() {
    this(LIMIT);
  }

  Watchdog(Duration limit) {
    this.limit = limit;
  }

  Duration limit() {
    return limit;
  }

  Watch watch(KalamDB db, Session session) {
    return new Watch(db, session);
  }

  /** Over one statement: cancels it, and closes its database if it does not end then. */
  final class Watch implements AutoCloseable {
    private final ScheduledFuture<?> bark;
    private final ScheduledFuture<?> bite;
    private volatile boolean barked;

    private Watch(KalamDB db, Session session) {
      bark =
          timer.schedule(
              () -> {
                barked = true;
                session.cancel();
              },
              limit.toMillis(),
              TimeUnit.MILLISECONDS);
      bite = timer.schedule(db::close, 2 * limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    boolean hasBarked() {
      return barked;
    }

    @Override
    public void close() {
      bark.cancel(false);
      bite.cancel(false);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}

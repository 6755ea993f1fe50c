package org.kalamdb.internal.engine;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.TransactionOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Runs work in a transaction until it commits or has lost too often. */
final class TransactionRetry {
  private static final int MAX_ATTEMPTS = 50;
  private static final long FIRST_PAUSE = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

  private final EngineSession session;

  TransactionRetry(EngineSession session) {
    this.session = session;
  }

  <T extends @Nullable Object> T run(
      TransactionOptions options, Function<? super Session, T> work) {
    long pause = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      try (Transaction transaction = session.begin(options)) {
        T result = work.apply(session);
        transaction.commit();
        return result;
      } catch (KalamException e) {
        if (e.code() != ErrorCode.SERIALIZATION_FAILURE || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
      session.awaitNewest();
      // Of two that lose to each other, one should come back sooner.
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(pause));
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }
}

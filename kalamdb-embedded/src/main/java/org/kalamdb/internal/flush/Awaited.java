package org.kalamdb.internal.flush;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.job.Job;

/** Work on an engine thread that a caller waits for. */
final class Awaited {
  private static final long POLL_MILLIS = 20;

  private Awaited() {}

  /**
   * Runs the work and waits for its end, interrupted or not: engine threads are never interrupted.
   *
   * @param what it is called in an error
   * @param wanted what the work is a part of
   * @param poll called now and then; what it throws cancels that
   * @throws KalamException what stopped it
   */
  static <T> T result(
      ExecutorService executor, Callable<T> work, String what, Job wanted, Runnable poll) {
    Future<T> job;
    try {
      job = executor.submit(work);
    } catch (RejectedExecutionException e) {
      throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The database is closed", e);
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return job.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          cancelIfAsked(wanted, poll);
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          Throwable cause = e.getCause();
          if (cause instanceof KalamException known) {
            KalamException here = new KalamException(known.code(), known.reason(), known);
            throw here;
          }
          if (isWantOfMemory(cause)) {
            throw new KalamException(
                ErrorCode.OUT_OF_MEMORY, "There was no memory for the " + what, cause);
          }
          throw new KalamException(ErrorCode.INTERNAL_ERROR, "The " + what + " failed", cause);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Goes on waiting: the work stops by itself, at its next step. */
  private static void cancelIfAsked(Job wanted, Runnable poll) {
    try {
      poll.run();
    } catch (KalamException e) {
      wanted.cancel(e);
    }
  }

  /** Also behind the error of a try statement that could not add one to the other. */
  private static boolean isWantOfMemory(@Nullable Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        return true;
      }
    }
    return false;
  }
}

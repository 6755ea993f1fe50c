package org.kalamdb.internal.job;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.UserId;

/**
 * A piece of work in the background: asked for, run, and ended in one way or another. One thread
 * works on it and reports; any thread may look at it or cancel it.
 */
public final class Job {
  /** What is done, and the letter that its jobs' ids begin with. */
  public enum Type {
    FLUSH("F"),
    COMPACT("C"),
    /** Segments after their table into another storage. */
    MOVE("M"),
    /** Whether a storage takes files. */
    CHECK("S");

    private final String letter;

    Type(String letter) {
      this.letter = letter;
    }

    String letter() {
      return letter;
    }
  }

  /** How far it is; the last three are final. */
  public enum Status {
    QUEUED,
    RUNNING,
    COMPLETED,
    FAILED,
    CANCELLED;

    public boolean isFinal() {
      return this != QUEUED && this != RUNNING;
    }
  }

  /**
   * A look at a job, all of one moment.
   *
   * @param subject the table, or "ALL" and the like
   * @param user whose partition; null: not one user's
   * @param startedMillis when it began to run, after the epoch; null: it has not
   * @param endedMillis when it ended; null: it has not
   * @param rowsTotal about so many rows there will be; 0: not known
   * @param message why it failed or was cancelled
   */
  public record State(
      String id,
      Type type,
      Status status,
      String subject,
      @Nullable UserId user,
      long createdMillis,
      @Nullable Long startedMillis,
      @Nullable Long endedMillis,
      long rowsDone,
      long rowsTotal,
      long files,
      long bytes,
      @Nullable String message) {}

  private final Jobs jobs;
  private final String id;
  private final Type type;
  private final String subject;
  private final @Nullable UserId user;
  private final long createdMillis;
  private Status status = Status.QUEUED;
  private @Nullable Long startedMillis;
  private @Nullable Long endedMillis;
  private long rowsDone;
  private long rowsTotal;
  private long files;
  private long bytes;
  private @Nullable String message;
  private @Nullable KalamException cancelled;

  Job(Jobs jobs, String id, Type type, String subject, @Nullable UserId user, long nowMillis) {
    this.jobs = jobs;
    this.id = id;
    this.type = type;
    this.subject = subject;
    this.user = user;
    this.createdMillis = nowMillis;
  }

  public String id() {
    return id;
  }

  /** It runs; saying so again does nothing. */
  public void started() {
    synchronized (this) {
      if (status != Status.QUEUED) {
        return;
      }
      status = Status.RUNNING;
      startedMillis = jobs.nowMillis();
    }
    jobs.begun(this);
  }

  /** About so many rows more than was said before are to be worked on. */
  public synchronized void expect(long rows) {
    rowsTotal += rows;
  }

  /**
   * So many rows more are done.
   *
   * @throws KalamException if it was cancelled: 57014, or the reason that was given
   */
  public synchronized void advance(long rows) {
    rowsDone += rows;
    checkCancelled();
  }

  /** Files are written and published. */
  public synchronized void wrote(long moreFiles, long moreBytes) {
    files += moreFiles;
    bytes += moreBytes;
  }

  /**
   * Goes on if nobody wants it to stop.
   *
   * @throws KalamException otherwise: 57014, or the reason that was given
   */
  public synchronized void checkCancelled() {
    KalamException reason = cancelled;
    if (reason != null) {
      throw new KalamException(reason.code(), reason.reason(), reason);
    }
  }

  /**
   * Has it stop at its next step. What it has published stays.
   *
   * @return false if it has ended already
   */
  public boolean cancel() {
    return cancel(new KalamException(ErrorCode.QUERY_CANCELED, "job " + id + " was cancelled"));
  }

  /** As {@link #cancel()}; what waits for the job fails with the code and words of the reason. */
  public synchronized boolean cancel(KalamException reason) {
    if (status.isFinal()) {
      return false;
    }
    if (cancelled == null) {
      cancelled = reason;
    }
    return true;
  }

  /** It has done all it was to do. */
  public void completed() {
    end(Status.COMPLETED, null);
  }

  /** It ended with an error, which is its being cancelled if somebody wanted that. */
  public void failed(Throwable cause) {
    boolean wanted;
    synchronized (this) {
      wanted = cancelled != null;
    }
    end(wanted ? Status.CANCELLED : Status.FAILED, String.valueOf(cause.getMessage()));
  }

  private void end(Status last, @Nullable String why) {
    synchronized (this) {
      if (status.isFinal()) {
        return;
      }
      status = last;
      endedMillis = jobs.nowMillis();
      message = why;
    }
    jobs.ended(this);
  }

  /** There was nothing to do: as if it had never been. */
  public void dismiss() {
    jobs.forget(this);
  }

  public synchronized State state() {
    return new State(
        id,
        type,
        status,
        subject,
        user,
        createdMillis,
        startedMillis,
        endedMillis,
        rowsDone,
        rowsTotal,
        files,
        bytes,
        message);
  }

  @Override
  public String toString() {
    State now = state();
    return now.id() + " " + now.type().name().toLowerCase(Locale.ROOT) + " " + now.subject();
  }
}

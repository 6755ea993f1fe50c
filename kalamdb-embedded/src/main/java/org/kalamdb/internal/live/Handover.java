package org.kalamdb.internal.live;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription on its way to changes, so that none is missed and none told twice.
 *
 * <p>It is registered first and reads its snapshot later. What is published before it begins to
 * open the snapshot ({@link Step#WAITING}) is dropped: published means visible, so the snapshot
 * will contain it. From then on everything is queued ({@link Step#OPENING}). Once the snapshot's
 * seq is known ({@link Step#SNAPSHOT}), what it contains is dropped, whether queued already or
 * still on its way through the dispatcher. Ready follows the last rows, then the queue. A reset is
 * a return to WAITING. Resuming is the same with what was missed in the snapshot's place.
 *
 * <p>Guarded by its subscription's lock.
 */
final class Handover {
  private static final Logger log = LoggerFactory.getLogger(Handover.class);

  /**
   * A snapshot that keeps being overtaken may queue up to capacity times two to the power of this.
   */
  private static final int MAX_PATIENCE = 6;

  enum Step {
    WAITING,
    OPENING,
    SNAPSHOT
  }

  private Step step = Step.WAITING;

  /** Why it starts over, until the listener has been told; null if it does not. */
  private @Nullable String resetReason;

  /** The listener knows rows that a reset would take back. */
  private boolean told;

  /** The listener knows the result as of some commit; for who has the turn. */
  private boolean resuming;

  private int overtaken;
  private @Nullable SnapshotReading reading;

  Handover(boolean resuming) {
    this.resuming = resuming;
    this.told = resuming;
  }

  /** Of a subscription that has told changes and must start over. */
  static Handover again(String reason) {
    Handover handover = new Handover(false);
    handover.told = true;
    handover.resetReason = reason;
    return handover;
  }

  Step step() {
    return step;
  }

  // ---- reading, by who has the turn and not under the lock

  /** Opens, reads on in, or lets go the snapshot. */
  void read(LiveSubscription of) {
    LiveQueries queries = of.queries();
    int pauses = queries.pauses();
    SnapshotReading known;
    boolean drop;
    synchronized (of.lock()) {
      known = reading;
      drop = known != null && (of.hasEnded() || step != Step.SNAPSHOT);
      if (drop) {
        reading = null;
      } else if (known == null) {
        if (of.hasEnded() || step != Step.WAITING || queries.isPaused()) {
          return;
        }
        step = Step.OPENING;
        resetReason = null;
      }
    }
    try {
      if (known == null) {
        open(of);
      } else if (drop) {
        known.close();
      } else {
        List<Row> rows = known.read(of.group().columns());
        synchronized (of.lock()) {
          known.put(rows);
        }
      }
    } catch (KalamException e) {
      failed(of, e, pauses);
    } catch (RuntimeException | Error e) {
      failed(
          of,
          new KalamException(
              ErrorCode.INTERNAL_ERROR, "Reading the snapshot of a live query failed", e),
          pauses);
    }
  }

  private void open(LiveSubscription of) {
    SnapshotReading opened = resuming ? resume(of) : openSnapshot(of);
    if (opened == null) {
      return;
    }
    synchronized (of.lock()) {
      reading = opened; // even if it was overtaken meanwhile, as it must be let go
      if (step == Step.OPENING && !of.hasEnded()) {
        step = Step.SNAPSHOT;
        of.opened(opened);
      }
    }
  }

  private static SnapshotReading openSnapshot(LiveSubscription of) {
    SubscriberGroup group = of.group();
    // Events of no snapshot are not told again after a reset.
    long toldUntil = group.isEphemeral() ? of.lastSeq().value() : 0;
    return new SnapshotReading(
        group.source().open(of.options().lastRows(), of.options().batchSize()), toldUntil);
  }

  /** What was missed; null if it is sent to a snapshot instead. */
  private @Nullable SnapshotReading resume(LiveSubscription of) {
    resuming = false;
    Missed missed = of.group().source().changesSince(of.lastSeq().value());
    String lost = missed.lost();
    if (lost == null) {
      return new SnapshotReading(missed);
    }
    synchronized (of.lock()) {
      if (step == Step.OPENING && !of.hasEnded()) {
        of.lost(lost);
      }
    }
    return null;
  }

  /** Ends it, unless its snapshot was closed under it: then it was or is sent back to a new one. */
  private void failed(LiveSubscription of, KalamException error, int pausesBefore) {
    if (of.queries().pauses() != pausesBefore) {
      synchronized (of.lock()) {
        if (step != Step.WAITING && !of.hasEnded()) {
          of.resetLocked(error.reason());
        }
      }
    } else if (!of.end(error.reason(), error) && error.code() != ErrorCode.QUERY_CANCELED) {
      log.atWarn()
          .setCause(error)
          .addKeyValue("subscription", of.id())
          .log("The snapshot of an ended live query failed");
    }
  }

  // ---- the rest, under the lock

  /** Back to a new snapshot. */
  void restart(String reason) {
    overtaken = Math.min(overtaken + 1, MAX_PATIENCE);
    step = Step.WAITING;
    resetReason = reason;
  }

  /** By how many powers of two more than usual the queue may hold. */
  int patience() {
    return overtaken;
  }

  boolean mustTellReset() {
    return step == Step.WAITING && resetReason != null && told;
  }

  /** The reason; it is told now. */
  String takeResetReason() {
    String reason = resetReason;
    if (reason == null) {
      throw new IllegalStateException("No reset to tell");
    }
    resetReason = null;
    told = false;
    return reason;
  }

  @Nullable SnapshotReading reading() {
    return reading;
  }

  /** The snapshot that is being told. */
  @Nullable SnapshotReading current() {
    return step == Step.SNAPSHOT ? reading : null;
  }

  void tellsSnapshot() {
    told = true;
  }
}

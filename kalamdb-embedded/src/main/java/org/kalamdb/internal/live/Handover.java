package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;

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

  /** True once: whether it goes on where another subscription stopped. */
  boolean takeResuming() {
    boolean was = resuming;
    resuming = false;
    return was;
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

  void open() {
    step = Step.OPENING;
    resetReason = null;
  }

  /** The snapshot is open; kept even if it was overtaken meanwhile, as it must be let go. */
  void opened(SnapshotReading opened) {
    reading = opened;
    if (step == Step.OPENING) {
      step = Step.SNAPSHOT;
    }
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

  /** The snapshot is about to be closed. */
  void drop() {
    reading = null;
  }
}

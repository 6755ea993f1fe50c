package org.kalamdb.internal.exec;

/**
 * How the operators of one query divide what it may hold in memory. Half of what is divided belongs
 * to them in equal shares, so that none starves; the other half to whoever asks first. A fifth of
 * the whole is kept back for batches on their way. Thread-safe.
 */
final class MemoryBudget {
  private final long divided;
  private long common;
  private int shares;

  /**
   * @param limit the most bytes the query may hold
   */
  MemoryBudget(long limit) {
    this.divided = limit / 10 * 8;
    this.common = divided / 2;
  }

  /** A share for one operator; all are asked for before the first row is read. */
  synchronized Share share() {
    shares++;
    return new Share();
  }

  /** How many operators have a share. */
  synchronized int shares() {
    return shares;
  }

  /** Operators of a part of the plan that is over need none any longer: so many are left. */
  synchronized void leaveShares(int count) {
    shares = count;
  }

  /** What one operator may hold. */
  final class Share implements AutoCloseable {
    private long taken;

    private Share() {}

    /** Whether the operator may hold so many bytes, which it says it does or is about to. */
    boolean fits(long bytes) {
      synchronized (MemoryBudget.this) {
        long needed = Math.max(0, bytes - divided / 2 / Math.max(1, shares));
        if (needed - taken > common) {
          return false;
        }
        common -= needed - taken;
        taken = needed;
        return true;
      }
    }

    /** Bytes that certainly fit. */
    long guaranteed() {
      synchronized (MemoryBudget.this) {
        return divided / 2 / Math.max(1, shares);
      }
    }

    /** Gives back what was taken; the operator holds nothing more. */
    @Override
    public void close() {
      synchronized (MemoryBudget.this) {
        common += taken;
        taken = 0;
      }
    }
  }
}

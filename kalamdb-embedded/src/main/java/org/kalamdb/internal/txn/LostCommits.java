package org.kalamdb.internal.txn;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * Tells numbers of commits that are in the database from those that were given to commits it has
 * lost: not yet on disk when a crash came, or made after the copy that it was restored from. Each
 * opening leaves a gap between the newest commit it found and the first number it gave; whoever
 * names a number in a gap was told of a commit that never was.
 *
 * <p>Stored with the first commit after an opening. Thread-safe.
 */
final class LostCommits {
  private static final byte[] KEY = {'g'};

  /** Openings that are remembered; what an earlier one lost is not known. */
  private static final int MOST = 512;

  private record Gap(long from, long to) {}

  private final Deque<Gap> gaps = new ArrayDeque<>();

  /** The newest commit when the store was opened. */
  private final long foundSeq;

  /** Of numbers below it nothing is known. */
  private long knownFrom;

  /** The first number given since; 0: none. */
  private long firstGiven;

  private boolean stored;

  private LostCommits(long foundSeq) {
    this.foundSeq = foundSeq;
  }

  static LostCommits load(KeyValueStore store, long foundSeq) {
    LostCommits lost = new LostCommits(foundSeq);
    byte[] known = store.get(KeyFamily.META, KEY, null);
    if (known != null) {
      ByteBuffer in = ByteBuffer.wrap(known);
      lost.knownFrom = in.getLong();
      while (in.hasRemaining()) {
        lost.gaps.add(new Gap(in.getLong(), in.getLong()));
      }
    }
    return lost;
  }

  /** A number was given; the first one ends the gap. */
  synchronized void given(long seq) {
    if (firstGiven == 0) {
      firstGiven = seq;
    }
  }

  /** Adds what is not stored yet to a commit; {@link #written} follows. */
  synchronized void addTo(KvWriteBatch batch) {
    if (stored || firstGiven <= foundSeq + 1) {
      return;
    }
    if (gaps.isEmpty() || gaps.getLast().to != firstGiven) {
      gaps.add(new Gap(foundSeq, firstGiven));
    }
    while (gaps.size() > MOST) {
      knownFrom = gaps.removeFirst().to;
    }
    batch.put(KeyFamily.META, KEY, encode());
  }

  synchronized void written() {
    stored = firstGiven != 0;
  }

  /** The commits up to now may not all be there: of none of them anything is known any more. */
  synchronized void forgetAll(KvWriteBatch batch) {
    gaps.clear();
    knownFrom = foundSeq + 1;
    batch.put(KeyFamily.META, KEY, encode());
  }

  private byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(8 + 16 * gaps.size()).putLong(knownFrom);
    gaps.forEach(gap -> out.putLong(gap.from).putLong(gap.to));
    return out.array();
  }

  /** The newest commit when the store was opened. */
  long foundSeq() {
    return foundSeq;
  }

  /**
   * Whether all commits up to {@code seq} may not be there as they were.
   *
   * @param newest the highest number that was given
   */
  synchronized boolean isLost(long seq, long newest) {
    if (seq < knownFrom) {
      return true;
    }
    if (seq > foundSeq) {
      return seq > newest || (firstGiven != 0 && seq < firstGiven);
    }
    for (Gap gap : gaps) {
      if (seq > gap.from && seq < gap.to) {
        return true;
      }
    }
    return false;
  }
}

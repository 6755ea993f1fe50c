package org.kalamdb.internal.feed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commits of a database in their order: hands each to the consumers and keeps the most recent
 * ones, so that a reader who knows where it stopped can go on from there.
 *
 * <p>{@link #publish} is called by one thread at a time, in commit order, once a commit is durable
 * and visible to new readers; every other method by any thread. What is kept is bounded by count
 * and by an estimate of bytes, whichever is reached first.
 */
public final class ChangeFeed {
  /** Batches kept unless said otherwise. */
  public static final int DEFAULT_BATCHES = 4096;

  /** Estimated bytes kept unless said otherwise. */
  public static final long DEFAULT_BYTES = 16L << 20;

  private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);

  private final int maxBatches;
  private final long maxBytes;
  private final CopyOnWriteArrayList<ChangeConsumer> consumers = new CopyOnWriteArrayList<>();

  /** Guards the fields below; held for a few field accesses, or to copy the tail. */
  private final Object lock = new Object();

  private final ArrayDeque<Kept> ring = new ArrayDeque<>();
  private long keptBytes;

  /** Every commit after this one is in the ring. */
  private long floor;

  private long lastSeq;

  /**
   * A feed that goes on after commit {@code lastSeq}, the last one before the database was opened.
   */
  public ChangeFeed(long lastSeq) {
    this(lastSeq, DEFAULT_BATCHES, DEFAULT_BYTES);
  }

  public ChangeFeed(long lastSeq, int maxBatches, long maxBytes) {
    if (maxBatches < 0 || maxBytes < 0) {
      throw new IllegalArgumentException(
          "Bounds must not be negative: " + maxBatches + " batches, " + maxBytes + " bytes");
    }
    this.maxBatches = maxBatches;
    this.maxBytes = maxBytes;
    this.floor = lastSeq;
    this.lastSeq = lastSeq;
  }

  /**
   * From the next commit on, {@code consumer} is given each. Consumers are called in this order.
   */
  public void register(ChangeConsumer consumer) {
    consumers.add(consumer);
  }

  /** No commit published after this returns reaches the consumer. */
  public void unregister(ChangeConsumer consumer) {
    consumers.remove(consumer);
  }

  /**
   * Keeps the batch and hands it to every consumer.
   *
   * @throws IllegalStateException if its seq does not rise: the caller broke commit order
   */
  public void publish(ChangeBatch batch) {
    long bytes = ChangeWeigher.bytesOf(batch);
    synchronized (lock) {
      if (batch.seq() <= lastSeq) {
        throw new IllegalStateException(
            "Commit " + batch.seq() + " was published after commit " + lastSeq);
      }
      lastSeq = batch.seq();
      ring.addLast(new Kept(batch, bytes));
      keptBytes += bytes;
      while (ring.size() > maxBatches || keptBytes > maxBytes) {
        Kept oldest = ring.removeFirst();
        keptBytes -= oldest.bytes;
        floor = oldest.batch.seq();
      }
    }
    for (ChangeConsumer consumer : consumers) {
      try {
        consumer.accept(batch);
      } catch (RuntimeException e) {
        // The commit has happened; the other consumers and the writer must not pay for this one.
        log.atError()
            .setCause(e)
            .addKeyValue("consumer", consumer.getClass().getName())
            .addKeyValue("seq", batch.seq())
            .log("A consumer of the change feed failed");
      }
    }
  }

  /**
   * Goes on after commit {@code lastSeq}, of which the ones before may not all have been published:
   * what is kept goes.
   */
  public void restart(long lastSeq) {
    synchronized (lock) {
      ring.clear();
      keptBytes = 0;
      floor = lastSeq;
      this.lastSeq = lastSeq;
    }
  }

  /**
   * Every commit after {@code seq}, oldest first; empty if some of them are no longer kept, so that
   * the caller must start from the state of the tables instead.
   */
  public Optional<List<ChangeBatch>> changesSince(long seq) {
    synchronized (lock) {
      if (seq < floor) {
        return Optional.empty();
      }
      List<ChangeBatch> newestFirst = new ArrayList<>();
      Iterator<Kept> kept = ring.descendingIterator();
      while (kept.hasNext()) {
        ChangeBatch batch = kept.next().batch;
        if (batch.seq() <= seq) {
          break;
        }
        newestFirst.add(batch);
      }
      Collections.reverse(newestFirst);
      return Optional.of(newestFirst);
    }
  }

  /** The last published commit. */
  public long lastSeq() {
    synchronized (lock) {
      return lastSeq;
    }
  }

  /** Estimated bytes of the kept batches. */
  public long keptBytes() {
    synchronized (lock) {
      return keptBytes;
    }
  }

  private record Kept(ChangeBatch batch, long bytes) {}
}

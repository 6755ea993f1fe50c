package org.kalamdb.internal.flush;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.schema.TableType;

/**
 * How much is hot in the whole database, tables that are never flushed by themselves left out, and
 * whether that is too much.
 */
final class HotLimit {
  private static final int SAMPLED_ROWS = 100;
  private static final long POLL_MILLIS = 20;

  private final HotCounters counters;
  private final long limitBytes;
  private final long hardLimitBytes;
  private final Duration longestWait;
  private final Object lock = new Object();
  private volatile long leftOut;

  HotLimit(HotCounters counters, long limitBytes, long hardLimitBytes, Duration longestWait) {
    this.counters = counters;
    this.limitBytes = limitBytes;
    this.hardLimitBytes = hardLimitBytes;
    this.longestWait = longestWait;
  }

  private long bytes() {
    return counters.totalBytes() - leftOut;
  }

  boolean isOver() {
    return bytes() > limitBytes;
  }

  boolean isOverHard() {
    return bytes() > hardLimitBytes;
  }

  /** Adds up anew, with a sample of rows of which nothing is known since the opening. */
  void measure(KeyValueStore store, CatalogSnapshot catalog) {
    long off = 0;
    for (int number : counters.tables()) {
      if (!counters.knowsSize(number)) {
        sample(store, number);
      }
      TableDefinition table = catalog.table(number);
      if (table == null || isLeftOut(table)) {
        off += counters.hotBytes(number);
      }
    }
    counters.measure();
    leftOut = off;
  }

  private static boolean isLeftOut(TableDefinition table) {
    return table.type() == TableType.STREAM || table.options().flush().isOff();
  }

  private void sample(KeyValueStore store, int table) {
    byte[] from = RowKeys.tablePrefix(table);
    byte[] to = Objects.requireNonNull(RowKeys.prefixEnd(from), "table numbers are below 2^31");
    long rows = 0;
    long bytes = 0;
    try (KvIterator iterator = store.iterator(KeyFamily.ROWS, from, to, false, null)) {
      while (rows < SAMPLED_ROWS && iterator.next()) {
        rows++;
        bytes += iterator.keyLength() + iterator.valueLength();
      }
    }
    counters.noteSize(table, rows, bytes);
  }

  /** The tables that may be flushed, those with most hot bytes first. */
  List<TableDefinition> largestFirst(CatalogSnapshot catalog) {
    return catalog.tables().stream()
        .filter(table -> !isLeftOut(table) && counters.hotBytes(table.number()) > 0)
        .sorted(
            Comparator.comparingLong((TableDefinition table) -> counters.hotBytes(table.number()))
                .reversed())
        .toList();
  }

  /** How many rows of the table are to go for the limit to be kept with a tenth to spare. */
  long rowsTooMany(TableDefinition table) {
    double rowBytes = counters.rowBytes(table.number());
    long tooMany = bytes() - (limitBytes - limitBytes / 10);
    return rowBytes == 0 || tooMany <= 0 ? 0 : (long) Math.ceil(tooMany / rowBytes);
  }

  /** Rows were flushed: lets those look who wait. */
  void changed() {
    synchronized (lock) {
      lock.notifyAll();
    }
  }

  /**
   * Waits until there is less than the hard limit, interrupted or not.
   *
   * @throws KalamException 53400 if it takes too long
   */
  void awaitRoom(Runnable poll) {
    long deadline = System.nanoTime() + longestWait.toNanos();
    boolean interrupted = false;
    try {
      while (isOverHard()) {
        poll.run();
        if (System.nanoTime() - deadline >= 0) {
          throw new KalamException(
                  ErrorCode.CONFIGURATION_LIMIT_EXCEEDED,
                  "more rows are hot than KalamOptions.hotLimitBytes allows, and flushing them"
                      + " takes too long")
              .withHint("system.jobs tells what the flushes do.");
        }
        try {
          synchronized (lock) {
            if (isOverHard()) {
              lock.wait(POLL_MILLIS);
            }
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

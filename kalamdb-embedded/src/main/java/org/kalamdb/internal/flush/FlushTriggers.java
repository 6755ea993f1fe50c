package org.kalamdb.internal.flush;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.kalamdb.internal.catalog.FlushPolicy;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.txn.HotCounters;

/**
 * Says which tables' hot rows are due to be flushed, as their policies have it. Rows that a flush
 * left hot count no more until there are half as many again, so that looking at many small
 * partitions costs little for each row written. Thread-safe; after a reopen everything counts anew.
 */
final class FlushTriggers {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long SHORTEST_AGE_LOOK_MILLIS = 1_000;

  /** Why a table is due. */
  enum Due {
    NO,
    /** Some rows are old. */
    BY_AGE,
    /** There are many, or the interval is over. */
    BY_SIZE_OR_TIME
  }

  private static final class Look {
    volatile long firstWrite = NEVER;
    volatile long nextAgeLook = NEVER;
    volatile long left;
  }

  private final HotCounters counters;
  private final Map<Integer, Look> looks = new ConcurrentHashMap<>();

  FlushTriggers(HotCounters counters) {
    this.counters = counters;
  }

  private Look look(TableDefinition table) {
    return looks.computeIfAbsent(table.number(), number -> new Look());
  }

  /** A commit wrote to the table; true if there are many rows now. Cheap. */
  boolean written(TableDefinition table, long nowMillis) {
    note(look(table), table.options().flush(), nowMillis);
    return isDueBySize(table);
  }

  private static void note(Look look, FlushPolicy policy, long nowMillis) {
    if (policy.intervalSeconds() > 0 && look.firstWrite == NEVER) {
      look.firstWrite = nowMillis;
    }
    if (policy.ageSeconds() > 0 && look.nextAgeLook == NEVER) {
      look.nextAgeLook = nowMillis + policy.ageSeconds() * 1000;
    }
  }

  private boolean isDueBySize(TableDefinition table) {
    FlushPolicy policy = table.options().flush();
    long hot = counters.hotRows(table.number());
    long left = look(table).left;
    double rowBytes = counters.rowBytes(table.number());
    // What is kept on purpose is not in the way.
    long small = Math.max(0, left - FlushScope.keptRows(policy, rowBytes));
    long fresh = hot - left - small / 2;
    if (fresh <= 0) {
      return false;
    }
    return (policy.rows() > 0 && fresh >= policy.rows())
        || (policy.bytes() > 0 && fresh * rowBytes >= policy.bytes());
  }

  Due due(TableDefinition table, long nowMillis) {
    FlushPolicy policy = table.options().flush();
    if (policy.isOff() || counters.hotRows(table.number()) == 0) {
      return Due.NO;
    }
    Look look = look(table);
    if (counters.hotRows(table.number()) > look.left) {
      note(look, policy, nowMillis); // After a reopen nobody remembers the first write.
    }
    long first = look.firstWrite;
    if (isDueBySize(table)
        || (policy.intervalSeconds() > 0
            && first != NEVER
            && nowMillis - first >= policy.intervalSeconds() * 1000)) {
      return Due.BY_SIZE_OR_TIME;
    }
    return policy.ageSeconds() > 0 && nowMillis >= look.nextAgeLook ? Due.BY_AGE : Due.NO;
  }

  /** What counted for a flush that has begun. */
  record Begun(long firstWrite, long nextAgeLook) {}

  /** A flush of the table begins: what is written from now on counts for the next. */
  Begun begins(TableDefinition table, Due why) {
    Look look = look(table);
    Begun begun = new Begun(look.firstWrite, look.nextAgeLook);
    if (why == Due.BY_SIZE_OR_TIME) {
      look.firstWrite = NEVER;
    }
    look.nextAgeLook = NEVER;
    return begun;
  }

  /** The flush has failed: what was due is due as before. */
  void failed(TableDefinition table, Begun begun) {
    Look look = look(table);
    look.firstWrite = Math.min(look.firstWrite, begun.firstWrite());
    look.nextAgeLook = Math.min(look.nextAgeLook, begun.nextAgeLook());
  }

  /** A flush of the table has ended; what is hot now it has left. */
  void ended(TableDefinition table, long nowMillis) {
    Look look = look(table);
    look.left = counters.hotRows(table.number());
    long age = table.options().flush().ageSeconds() * 1000;
    if (age > 0 && look.left > 0) {
      look.nextAgeLook = nowMillis + Math.max(SHORTEST_AGE_LOOK_MILLIS, age / 4);
    }
  }

  void forget(int table) {
    looks.remove(table);
  }
}

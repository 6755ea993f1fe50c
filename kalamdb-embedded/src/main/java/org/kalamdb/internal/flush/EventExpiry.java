package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.txn.StoredEvents;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/**
 * Ends events of stream partitions by commits like any other, so that live queries are told of it:
 * those that have expired, and what an altered table has no room for any more. Thread-safe.
 */
public final class EventExpiry {
  /** Of a partition without events: it expires never. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int MAX_EVENTS = 1_000;

  private final TableStore tables;
  private final CommitPipeline pipeline;
  private final StoredEvents events;

  public EventExpiry(TableStore tables, CommitPipeline pipeline, StoredEvents events) {
    this.tables = tables;
    this.pipeline = pipeline;
    this.events = events;
  }

  /** Commits what it is given: through the pipeline, known to listeners who hold writers back. */
  public interface Committer {
    void commit(Commit commit);
  }

  /** A partition somebody listens to, and who wants to know when its next event expires. */
  public record Target(int table, UserId user, LongConsumer next) {}

  /**
   * Deletes what has expired in the partitions. Tells each, under the commit lock, when its next
   * event expires; at once if there were too many for one commit.
   */
  public void expire(List<Target> targets, long nowMillis, Committer committer) {
    boolean any =
        pipeline.underCommitLock(
            newest -> {
              boolean expired = false;
              for (Target target : targets) {
                long next = next(target);
                target.next.accept(next);
                expired |= next <= nowMillis;
              }
              return expired;
            });
    if (any) {
      committer.commit(new Expiry(targets, nowMillis));
    }
  }

  private long next(Target target) {
    byte[] first = events.first(target.table, target.user);
    return first == null ? NEVER : EventKeys.expiryIn(first, first.length);
  }

  /** Deletes events, of which live queries are told. */
  private abstract class Deletion implements Commit {
    final List<Change> changes = new ArrayList<>();

    @Override
    public void applied(long seq) {
      for (Change change : changes) {
        events.note(change);
        pipeline.noteWritten(seq, Arrays.hashCode(change.key()));
      }
    }

    @Override
    public List<Change> changes() {
      return changes;
    }

    @Override
    public boolean freesSpace() {
      return true;
    }

    @Override
    public boolean keepsNothing() {
      return changes.isEmpty();
    }
  }

  private final class Expiry extends Deletion {
    private final List<Target> targets;
    private final long nowMillis;
    private final List<Runnable> told = new ArrayList<>();

    private Expiry(List<Target> targets, long nowMillis) {
      this.targets = targets;
      this.nowMillis = nowMillis;
    }

    @Override
    public void addTo(KvWriteBatch batch, long seq) {
      for (Target target : targets) {
        TableDefinition table = pipeline.newestCatalog().table(target.table);
        if (table != null) {
          expire(table, target, batch);
        }
      }
    }

    private void expire(TableDefinition table, Target target, KvWriteBatch batch) {
      long[] next = {NEVER};
      byte[][] last = new byte[1][];
      events.visit(
          target.table,
          target.user,
          (key, event) -> {
            long expiry = EventKeys.expiryIn(key, key.length);
            if (expiry > nowMillis || changes.size() == MAX_EVENTS) {
              next[0] = expiry;
              return false;
            }
            batch.delete(KeyFamily.STREAMS, key);
            changes.add(events.deletion(table, target.user, key, event));
            last[0] = key;
            return true;
          });
      told.add(
          () -> {
            if (last[0] != null) {
              events.noteDeletedUpTo(target.table, target.user, last[0]);
            }
            target.next.accept(next[0]);
          });
    }

    @Override
    public void applied(long seq) {
      told.forEach(Runnable::run);
      super.applied(seq);
    }
  }

  /**
   * Brings the events of an altered stream table in line with its options, in commits of a thousand
   * events or so: each expires when its table says now, unless it has expired already, and of each
   * partition only as many stay as its table keeps.
   *
   * @param retimed whether the time to live has changed
   */
  public void settle(
      TableDefinition altered, boolean retimed, LongSupplier clock, Committer committer) {
    List<UserId> users = new ArrayList<>();
    try (ReadView now = pipeline.acquireView()) {
      tables.visitPartitions(
          altered, now.snapshot(), user -> users.add(Objects.requireNonNull(user)));
    }
    for (UserId user : users) {
      byte[] from = null;
      while (retimed) {
        Retiming part = new Retiming(altered, user, clock.getAsLong(), from);
        committer.commit(part);
        from = part.after;
        if (from == null) {
          break;
        }
      }
      for (boolean more = altered.options().maxBuffer() > 0; more; ) {
        Trimming part = new Trimming(altered, user);
        committer.commit(part);
        more = part.changes.size() == MAX_EVENTS;
      }
    }
  }

  /** Gives events of a partition the keys they would have been given now. */
  private final class Retiming implements Commit {
    private final TableDefinition altered;
    private final UserId user;
    private final long nowMillis;
    private final byte @Nullable [] from;
    private final List<byte[]> moved = new ArrayList<>();

    /** Where the next part goes on; null at the end. */
    private byte @Nullable [] after;

    private Retiming(TableDefinition altered, UserId user, long nowMillis, byte @Nullable [] from) {
      this.altered = altered;
      this.user = user;
      this.nowMillis = nowMillis;
      this.from = from;
    }

    @Override
    public void addTo(KvWriteBatch batch, long seq) {
      TableDefinition table = pipeline.newestCatalog().table(altered.number());
      if (table == null || table.type() != TableType.STREAM) {
        return;
      }
      int[] seen = new int[1];
      events.visitFrom(
          table.number(),
          user,
          from == null ? RowKeys.partitionPrefix(table.number(), user) : from,
          (key, event) -> {
            if (seen[0]++ == MAX_EVENTS) {
              after = key;
              return false;
            }
            byte[] value = event.copyValue();
            long commit = RowCodec.seq(value);
            long expiry = EventKeys.expiryMillis(commit, table.options().ttlSeconds());
            long before = EventKeys.expiryIn(key, key.length);
            if (before > nowMillis && before != expiry) {
              byte[] to =
                  EventKeys.eventKey(
                      table.number(),
                      user,
                      EventKeys.bucketOf(expiry),
                      commit,
                      EventKeys.ordinalIn(key, key.length));
              batch.delete(KeyFamily.STREAMS, key);
              batch.put(KeyFamily.STREAMS, to, value);
              moved.add(key);
            }
            return true;
          });
    }

    @Override
    public void applied(long seq) {
      moved.forEach(key -> pipeline.noteWritten(seq, Arrays.hashCode(key)));
      if (!moved.isEmpty()) {
        events.forget(altered.number(), user);
      }
    }

    @Override
    public boolean keepsNothing() {
      return moved.isEmpty();
    }
  }

  /** Deletes a partition's oldest events for which there is no room. */
  private final class Trimming extends Deletion {
    private final TableDefinition altered;
    private final UserId user;

    private Trimming(TableDefinition altered, UserId user) {
      this.altered = altered;
      this.user = user;
    }

    @Override
    public void addTo(KvWriteBatch batch, long seq) {
      TableDefinition table = pipeline.newestCatalog().table(altered.number());
      long most = table == null ? 0 : table.options().maxBuffer();
      long excess = most == 0 ? 0 : events.count(altered.number(), user) - most;
      if (table == null || excess <= 0) {
        return;
      }
      changes.addAll(events.oldest(table, user, Math.min(MAX_EVENTS, excess), key -> false));
      changes.forEach(change -> batch.delete(KeyFamily.STREAMS, change.key()));
    }

    @Override
    public void applied(long seq) {
      if (!changes.isEmpty()) {
        events.noteDeletedUpTo(altered.number(), user, changes.get(changes.size() - 1).key());
      }
      super.applied(seq);
    }
  }
}

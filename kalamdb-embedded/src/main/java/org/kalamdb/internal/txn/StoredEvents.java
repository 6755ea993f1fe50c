package org.kalamdb.internal.txn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.storage.hot.EventWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.schema.UserId;

/**
 * What stream partitions store, in the newest state: their events from the one that expires first
 * on, and how many there are. The numbers of the partitions used last are kept, others counted when
 * they are asked for. Unless said otherwise, to be used under the commit lock.
 */
public final class StoredEvents {
  private static final int MAX_KNOWN = 10_000;

  private record Partition(int table, UserId user) {}

  private static final class Known {
    private long count;

    /** No event's key is smaller: spares a step over each deleted one. */
    private byte[] first;

    private Known(long count, byte[] first) {
      this.count = count;
      this.first = first;
    }
  }

  /** Tells events in the order in which they expire. */
  public interface Visitor {
    /** Returns false to see no more; the key is lent, and so is the iterator. */
    boolean visit(byte[] key, KvIterator event);
  }

  private final KeyValueStore store;
  private final TableStore tables;
  private final EventListeners listeners;
  private final Map<Partition, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Partition, Known> eldest) {
          return size() > MAX_KNOWN;
        }
      };
  private final Map<Integer, Long> silent = new ConcurrentHashMap<>();

  public StoredEvents(KeyValueStore store, TableStore tables, EventListeners listeners) {
    this.store = store;
    this.tables = tables;
    this.listeners = listeners;
  }

  /** Any thread may ask. */
  public boolean isListened(int table, UserId user) {
    return listeners.isListened(table, user);
  }

  /** Whether the writes are events alone, which are neither stored nor told; any thread may ask. */
  public boolean areLost(WriteSet writes) {
    if (!writes.rows().isEmpty()) {
      return false;
    }
    for (EventWrite event : writes.events()) {
      if (!event.table().options().ephemeral()
          || isListened(event.table().number(), event.user())) {
        return false;
      }
    }
    return true;
  }

  /** Shows the partition's events until the visitor has seen enough. */
  public void visit(int table, UserId user, Visitor visitor) {
    byte[] prefix = RowKeys.partitionPrefix(table, user);
    Known partition = known.get(new Partition(table, user));
    visit(prefix, partition == null ? prefix : partition.first, visitor);
  }

  /** The same of those from a key on. */
  public void visitFrom(int table, UserId user, byte[] from, Visitor visitor) {
    visit(RowKeys.partitionPrefix(table, user), from, visitor);
  }

  private void visit(byte[] prefix, byte[] from, Visitor visitor) {
    try (KvIterator events =
        store.iterator(KeyFamily.STREAMS, from, RowKeys.prefixEnd(prefix), false, null)) {
      boolean more = true;
      while (more && events.next()) {
        more = visitor.visit(events.copyKey(), events);
      }
    }
  }

  /** The first of them to expire, for {@link EventKeys#expiryIn}; null if there is none. */
  public byte @Nullable [] first(int table, UserId user) {
    byte[][] found = new byte[1][];
    visit(
        table,
        user,
        (key, event) -> {
          found[0] = key;
          return false;
        });
    return found[0];
  }

  /** How many there are, those included that have expired and not been deleted. */
  public long count(int table, UserId user) {
    return known.computeIfAbsent(new Partition(table, user), this::counted).count;
  }

  private Known counted(Partition partition) {
    byte[] prefix = RowKeys.partitionPrefix(partition.table(), partition.user());
    byte[] first = prefix;
    long count = 0;
    try (KvIterator events =
        store.iterator(KeyFamily.STREAMS, prefix, RowKeys.prefixEnd(prefix), false, null)) {
      while (events.next()) {
        first = count++ == 0 ? events.copyKey() : first;
      }
    }
    return new Known(count, first);
  }

  /** Up to {@code most} deletes of the events that expire first and are not left out. */
  public List<Change> oldest(
      TableDefinition table, UserId user, long most, Predicate<byte[]> leftOut) {
    List<Change> oldest = new ArrayList<>();
    visit(
        table.number(),
        user,
        (key, event) -> {
          if (oldest.size() < most && !leftOut.test(key)) {
            oldest.add(deletion(table, user, key, event));
          }
          return oldest.size() < most;
        });
    return oldest;
  }

  /** What is told when the event an iterator stands at is deleted. */
  public Change deletion(TableDefinition table, UserId user, byte[] key, KvIterator event) {
    byte[] stored = event.copyValue();
    return new Change(table, user, key, tables.eventRow(table, stored), null, RowCodec.seq(stored));
  }

  /**
   * Takes note of an event that a commit in the log has added or deleted; those that {@link
   * #noteDeletedUpTo} is about come first.
   */
  public void note(Change change) {
    Known partition =
        known.get(
            new Partition(change.table().number(), Objects.requireNonNull(change.user(), "user")));
    if (partition == null) {
      return;
    }
    if (change.newRow() == null) {
      partition.count--;
    } else {
      partition.count++;
      if (Arrays.compareUnsigned(change.key(), partition.first) < 0) {
        partition.first = change.key();
      }
    }
  }

  /** Deleted in order from the first on: {@code last} was the last of them. */
  public void noteDeletedUpTo(int table, UserId user, byte[] last) {
    Known partition = known.get(new Partition(table, user));
    if (partition != null && Arrays.compareUnsigned(last, partition.first) > 0) {
      partition.first = last;
    }
  }

  /** Many of the partition's events were moved or deleted. */
  public void forget(int table, UserId user) {
    known.remove(new Partition(table, user));
  }

  /** Events of the table have gone without anybody being told: nobody listened. */
  public void noteSilent(int table, long seq) {
    silent.put(table, seq);
  }

  /**
   * The newest commit that deleted events of the table and told nobody, since the storage was
   * opened; 0: none. The feed does not have them. Any thread may ask.
   */
  public long newestSilent(int table) {
    return silent.getOrDefault(table, 0L);
  }
}

package org.kalamdb.internal.live;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.feed.ChangeBatch;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/**
 * A table (id, grp, v) in a map, with commits as the engine makes them: visible first, published in
 * order afterwards, snapshots possible in between.
 */
final class ModelTable {
  static final TableSchema SCHEMA =
      new TableSchema(
          1,
          List.of(
              new ColumnSchema(1, "id", DataType.BIGINT, false, null, null),
              new ColumnSchema(2, "grp", DataType.INTEGER, true, null, null),
              new ColumnSchema(3, "v", DataType.TEXT, true, null, null)),
          List.of(0));
  static final List<ResultColumn> COLUMNS =
      List.of(
          new ResultColumn("id", DataType.BIGINT, null, null, false),
          new ResultColumn("grp", DataType.INTEGER, null, null, true),
          new ResultColumn("v", DataType.TEXT, null, null, true));

  final TableDefinition definition;
  final @Nullable UserId user;
  private final ChangeFeed feed;
  private final Clock clock;
  private final TreeMap<Long, Object[]> rows = new TreeMap<>();
  private final TreeMap<Long, Long> seqs = new TreeMap<>();

  /** What tables of one database share: commit order. */
  static final class Clock {
    private final Object commitLock = new Object();
    private long lastSeq;
    private long published;
  }

  ModelTable(int number, @Nullable UserId user, ChangeFeed feed, Clock clock) {
    this.definition =
        new TableDefinition(
            number,
            new TableId(new NamespaceId("app"), "t" + number),
            user == null ? TableType.SHARED : TableType.USER,
            List.of(SCHEMA),
            TableOptions.DEFAULTS);
    this.user = user;
    this.feed = feed;
    this.clock = clock;
  }

  /** A transaction that is filled and committed under the lock. */
  final class Tx {
    private final List<Change> changes = new ArrayList<>();
    private final long seq;

    private Tx(long seq) {
      this.seq = seq;
    }

    Tx put(long id, @Nullable Integer group, @Nullable String value) {
      Object[] row = {id, group, value};
      Long oldSeq = seqs.get(id);
      Object[] old = rows.put(id, row);
      seqs.put(id, seq);
      changes.add(new Change(definition, user, key(id), old, row, oldSeq == null ? 0 : oldSeq));
      return this;
    }

    Tx delete(long id) {
      Object[] old = rows.remove(id);
      Long oldSeq = seqs.remove(id);
      if (old != null) {
        changes.add(
            new Change(definition, user, key(id), old, null, Objects.requireNonNull(oldSeq)));
      }
      return this;
    }
  }

  interface Work {
    void in(Tx tx);
  }

  /** Commits: visible at once, published when every earlier commit is. */
  long commit(Work work) {
    Tx tx;
    synchronized (clock.commitLock) {
      tx = new Tx(++clock.lastSeq);
      work.in(tx);
    }
    while (true) {
      synchronized (clock) {
        if (clock.published == tx.seq - 1) {
          break;
        }
      }
      LockSupport.parkNanos(1000);
    }
    feed.publish(new ChangeBatch(tx.seq, tx.changes));
    synchronized (clock) {
      clock.published = tx.seq;
    }
    return tx.seq;
  }

  long put(long id, @Nullable Integer group, @Nullable String value) {
    return commit(tx -> tx.put(id, group, value));
  }

  long delete(long id) {
    return commit(tx -> tx.delete(id));
  }

  /** Matching rows now, by key. */
  TreeMap<Long, List<@Nullable Object>> select(Predicate<Object[]> filter) {
    TreeMap<Long, List<@Nullable Object>> result = new TreeMap<>();
    synchronized (clock.commitLock) {
      rows.forEach(
          (id, row) -> {
            if (filter.test(row)) {
              result.put(id, Arrays.asList(row));
            }
          });
    }
    return result;
  }

  SubscriptionRequest request(Predicate<Object[]> filter) {
    return request(new RowFilter(definition, filter, null), null);
  }

  SubscriptionRequest request(RowFilter filter, @Nullable Object shareKey) {
    return new SubscriptionRequest(
        "SELECT * FROM " + definition.id(), user, filter, source(filter), shareKey);
  }

  SnapshotSource source(RowFilter filter) {
    return (lastRows, batchSize) -> {
      List<@Nullable Object[]> matching = new ArrayList<>();
      long seq;
      synchronized (clock.commitLock) {
        seq = clock.lastSeq;
        for (Object[] row : rows.values()) {
          if (filter.matches(row)) {
            matching.add(row);
          }
        }
      }
      // Commits go on between the pinning of a snapshot and the moment its reader knows of it.
      LockSupport.parkNanos(20_000);
      List<@Nullable Object[]> last =
          matching.subList((int) Math.max(0, matching.size() - lastRows), matching.size());
      return new ModelSnapshot(seq, last.iterator(), batchSize);
    };
  }

  static byte[] key(long id) {
    return ByteBuffer.allocate(8).putLong(id).array();
  }

  /** Filter on table columns; everything is projected. */
  record RowFilter(
      TableDefinition table,
      Predicate<Object[]> filter,
      @Nullable EqualityCondition requiredEquality)
      implements CompiledSubscription {
    @Override
    public List<ResultColumn> columns() {
      return COLUMNS;
    }

    @Override
    public boolean matches(@Nullable Object[] row) {
      return filter.test(row);
    }

    @Override
    public @Nullable Object[] project(@Nullable Object[] row) {
      return Arrays.copyOf(row, 3);
    }
  }

  private static final class ModelSnapshot implements SnapshotSource.Snapshot {
    private final long seq;
    private final Iterator<@Nullable Object[]> rows;
    private final int batchSize;

    private ModelSnapshot(long seq, Iterator<@Nullable Object[]> rows, int batchSize) {
      this.seq = seq;
      this.rows = rows;
      this.batchSize = batchSize;
      OPEN.incrementAndGet();
    }

    @Override
    public long seq() {
      return seq;
    }

    @Override
    public @Nullable List<@Nullable Object[]> next() {
      List<@Nullable Object[]> batch = new ArrayList<>();
      while (rows.hasNext() && batch.size() < batchSize) {
        batch.add(rows.next());
      }
      return batch.isEmpty() ? null : batch;
    }

    private boolean closed;

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        OPEN.decrementAndGet();
      }
    }
  }

  /** Snapshots opened and not closed, over all models of the process. */
  static final AtomicInteger OPEN = new AtomicInteger();
}

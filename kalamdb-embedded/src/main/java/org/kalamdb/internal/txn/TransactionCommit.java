package org.kalamdb.internal.txn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.storage.hot.EventWrite;
import org.kalamdb.internal.storage.hot.IndexStore;
import org.kalamdb.internal.storage.hot.KeyReference;
import org.kalamdb.internal.storage.hot.ReadSet;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.table.KeyLookup;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.HotCounters.Content;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/**
 * A transaction's writes at commit: first committer wins. Each key must still have the version the
 * transaction saw; a version that a flush or compaction merely moved is followed to its new place.
 */
public final class TransactionCommit implements Commit {
  private final WriteSet writes;
  private final long readSeq;
  private final TableStore tables;
  private final CommitPipeline pipeline;
  private final HotCounters counters;
  private final ActiveFlushes flushes;
  private final StoredEvents events;
  private final CatalogSnapshot seen;
  private final @Nullable ReadSet reads;
  private final @Nullable Boolean synced;
  private final List<RowWrite> effective = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private final Map<Integer, Content> hotChanges = new HashMap<>();
  private final Map<Integer, long[]> written = new HashMap<>(); // rows, bytes
  private final List<byte[]> deletedEvents = new ArrayList<>();
  private boolean hasEvents;
  private final List<Dropped> dropped = new ArrayList<>();
  private final List<Integer> uniqueHashes = new ArrayList<>();
  private final List<Integer> referenceHashes = new ArrayList<>();

  /** Opened when the first key has to be looked at again, for all that follow. */
  private @Nullable KeyLookup lookup;

  /**
   * @param readSeq the newest commit the transaction could see
   * @param seen the catalog as it was when the transaction began
   * @param reads what it has looked at, if that must not have changed either
   * @param synced whether it is on disk before it is acknowledged; null: as the database says
   */
  public TransactionCommit(
      WriteSet writes,
      long readSeq,
      TableStore tables,
      CommitPipeline pipeline,
      HotCounters counters,
      ActiveFlushes flushes,
      StoredEvents events,
      CatalogSnapshot seen,
      @Nullable ReadSet reads,
      @Nullable Boolean synced) {
    this.writes = writes;
    this.readSeq = readSeq;
    this.tables = tables;
    this.pipeline = pipeline;
    this.counters = counters;
    this.flushes = flushes;
    this.events = events;
    this.seen = seen;
    this.reads = reads;
    this.synced = synced;
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    addTo(batch, seq, pipeline.newestCatalog());
  }

  /**
   * As {@link #addTo(KvWriteBatch, long)}, in a commit that changes the catalog.
   *
   * @param following the catalog after the commit; rows of tables that are not in it are left out
   */
  public void addTo(KvWriteBatch batch, long seq, CatalogSnapshot following) {
    CatalogSnapshot newest = pipeline.newestCatalog();
    checkReads(newest);
    try {
      for (RowWrite write : writes.rows()) {
        if (!write.isNothing()) {
          checkTable(newest, write.table());
          if (stays(write.table(), following)) {
            checkVersion(write);
            effective.add(write);
          }
        }
      }
    } finally {
      closeLookup();
    }
    for (KeyReference reference : writes.references()) {
      checkReference(reference);
    }
    for (RowWrite write : effective) {
      checkUnique(write);
      addRow(batch, seq, write);
    }
    IndexStore.addTo(batch, effective);
    addEvents(batch, seq, newest, following);
    hotChanges.forEach((table, change) -> counters.addTo(batch, table, change));
  }

  private void checkReads(CatalogSnapshot newest) {
    ReadSet looked = reads;
    if (looked == null) {
      return;
    }
    for (TableDefinition table : looked.tables()) {
      checkTable(newest, table);
    }
    if (pipeline.recentWrites().mayHaveWritten(looked, readSeq)) {
      throw new KalamException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access: what the transaction has read was changed meanwhile");
    }
  }

  private static boolean stays(TableDefinition table, CatalogSnapshot following) {
    TableDefinition there = following.table(table.id());
    return there != null && there.number() == table.number();
  }

  /** A table must be as the transaction found it, unless it is this commit that creates it. */
  private void checkTable(CatalogSnapshot newest, TableDefinition table) {
    TableDefinition found = seenAs(table);
    TableDefinition now = newest.table(table.number());
    // Of a table that came after the first snapshot, the definition that was written with counts.
    boolean changed =
        found == null
            ? now != null && !now.isSameVersion(table)
            : !found.isSameVersion(newest.table(found.id()));
    if (changed) {
      throw new KalamException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access: table " + table.id() + " was changed or dropped meanwhile");
    }
  }

  /** The table as the transaction found it: it may have altered it. Null if it made it. */
  private @Nullable TableDefinition seenAs(TableDefinition table) {
    TableDefinition found = seen.table(table.id());
    return found != null && found.number() == table.number() ? found : seen.table(table.number());
  }

  /**
   * Finds out whether the key has another version than the transaction saw, or the same elsewhere.
   */
  private void checkVersion(RowWrite write) {
    int hash = Arrays.hashCode(write.rowKey());
    boolean moved = tables.publishedSince(write.table().number(), readSeq);
    if (!moved && !pipeline.mayHaveChangedSince(readSeq, hash)) {
      return;
    }
    RowVersion seen = write.base();
    if (lookup == null) {
      lookup = tables.newest();
    }
    RowVersion newest = lookup.find(write.table(), write.user(), write.rowKey());
    if (newest == null && seen != null && seen.deleted()) {
      write.relocate(null); // A compaction has dropped the tombstone.
      return;
    }
    if ((newest == null ? 0 : newest.seq()) != (seen == null ? 0 : seen.seq())) {
      throw new KalamException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access due to concurrent update of a row of " + write.table().id());
    }
    if (newest != null) {
      write.relocate(newest);
    }
  }

  private void closeLookup() {
    if (lookup != null) {
      lookup.close();
      lookup = null;
    }
  }

  /** Finds out whether another row has come to have an entry of a unique index. */
  private void checkUnique(RowWrite write) {
    @Nullable Object @Nullable [] row = write.newRow();
    for (IndexDefinition index : write.table().constraints().indexes()) {
      byte[] key =
          row == null || !index.unique()
              ? null
              : IndexKeys.uniqueKey(write.table(), index, write.rowKey(), row);
      if (key == null) {
        continue;
      }
      int hash = Arrays.hashCode(key);
      uniqueHashes.add(hash);
      // While an index is built, rows that were there before may still be without their entries.
      if (index.ready() && !pipeline.mayHaveChangedSince(readSeq, hash)) {
        continue;
      }
      byte[] owner = tables.indexes().owner(write.table(), index, write.user(), key, null);
      // A row that this transaction changed gives the entry up: its version was checked.
      RowWrite own = owner == null ? null : writes.find(owner);
      if (owner != null && (own == null || own.isNothing())) {
        throw new KalamException(
            ErrorCode.SERIALIZATION_FAILURE,
            "could not serialize access due to concurrent use of a key of \""
                + index.name()
                + "\"");
      }
    }
  }

  /**
   * Finds out whether a row that is referred to has gone, or whether one that goes has come to be
   * referred to: whoever commits first leaves a mark at the key that both have in hand.
   */
  private void checkReference(KeyReference reference) {
    int hash = Arrays.hashCode(reference.rowKey());
    if (reference instanceof KeyReference.Needed needed) {
      referenceHashes.add(referenceHash(hash));
      if (!pipeline.mayHaveChangedSince(readSeq, hash) || writes.find(needed.rowKey()) != null) {
        return; // Its own writes the transaction has looked at itself.
      }
      if (!isNewest(needed.table())) {
        throw lostReference(needed.table());
      }
      RowVersion newest = tables.findNewest(needed.table(), needed.user(), needed.rowKey());
      if (newest == null || newest.deleted() || !hasValues(needed, newest.values())) {
        throw lostReference(needed.table());
      }
    } else if (reference instanceof KeyReference.Released released
        && pipeline.mayHaveChangedSince(readSeq, referenceHash(hash))) {
      if (!isNewest(released.referring())) {
        throw lostReference(released.referring());
      }
      List<byte[]> referring =
          tables
              .indexes()
              .rowsWith(
                  released.referring(), released.index(), released.user(), released.values(), null);
      for (byte[] rowKey : referring) {
        RowWrite own = writes.find(rowKey);
        if (own == null || own.isNothing()) {
          throw lostReference(released.referring());
        }
      }
    }
  }

  private boolean isNewest(TableDefinition table) {
    TableDefinition found = seenAs(table);
    return found != null && found.isSameVersion(pipeline.newestCatalog().table(found.id()));
  }

  private static boolean hasValues(KeyReference.Needed needed, @Nullable Object[] row) {
    TableSchema schema = needed.table().schema();
    for (int i = 0; i < needed.values().size(); i++) {
      Object value = row[schema.positionOf(needed.columns().get(i))];
      if (!Objects.deepEquals(value, needed.values().get(i))) {
        return false;
      }
    }
    return true;
  }

  private static KalamException lostReference(TableDefinition table) {
    return new KalamException(
        ErrorCode.SERIALIZATION_FAILURE,
        "could not serialize access due to concurrent change of what table "
            + table.id()
            + " refers to or is referred to by");
  }

  /** Apart from writes of the row itself. */
  private static int referenceHash(int rowKeyHash) {
    return 31 * rowKeyHash + 17;
  }

  private void addRow(KvWriteBatch batch, long seq, RowWrite write) {
    RowVersion base = write.base();
    @Nullable Object @Nullable [] row = write.newRow();
    @Nullable Object @Nullable [] old = write.oldRow();
    @Nullable Object @Nullable [] stored = row != null ? row : old;
    if (stored == null) {
      return;
    }
    byte[] encoded = tables.codec(write.table()).encode(stored, seq, row == null);
    batch.put(KeyFamily.ROWS, write.rowKey(), encoded);
    long[] size = written.computeIfAbsent(write.table().number(), table -> new long[2]);
    size[0]++;
    size[1] += write.rowKey().length + encoded.length;
    Content change = Content.NONE.withRow(write.rowKey(), seq);
    if (base != null && base.isHot()) {
      change = change.withoutRow(write.rowKey(), base.seq());
    }
    hotChanges.merge(write.table().number(), change, Content::plus);
    if (base != null && !base.isHot()) {
      ManifestStore.addMarkerTo(
          batch, write.table(), write.user(), base.segment(), base.segmentRow(), seq);
    }
    changes.add(
        new Change(
            write.table(), write.user(), write.rowKey(), old, row, base == null ? 0 : base.seq()));
  }

  private void addEvents(
      KvWriteBatch batch, long seq, CatalogSnapshot newest, CatalogSnapshot following) {
    List<EventWrite> all = writes.events();
    if (all.isEmpty()) {
      return;
    }
    hasEvents = true;
    Map<PartitionId, Bounded> bounded = new LinkedHashMap<>();
    List<EventWrite> inserted = new ArrayList<>();
    for (EventWrite event : all) {
      checkTable(newest, event.table());
      if (stays(event.table(), following)) {
        if (event.table().options().maxBuffer() > 0) {
          bounded
              .computeIfAbsent(
                  new PartitionId(event.table().number(), event.user()), p -> new Bounded(event))
              .count(event);
        }
        if (event.key() != null) {
          deleteEvent(batch, event);
        } else {
          inserted.add(event);
        }
      }
    }
    int ordinal = 0;
    for (EventWrite event : inserted) {
      Bounded buffer = bounded.get(new PartitionId(event.table().number(), event.user()));
      if (buffer == null || !buffer.skips()) {
        addEvent(batch, seq, event, ordinal);
      }
      ordinal++;
    }
    bounded.values().forEach(buffer -> buffer.drop(batch));
  }

  private record PartitionId(int table, UserId user) {}

  /** What a commit does to a partition that keeps so many events and no more. */
  private final class Bounded {
    private final TableDefinition table;
    private final UserId user;
    private long inserted;
    private long deleted;
    private long skipped;

    private Bounded(EventWrite first) {
      table = first.table();
      user = first.user();
    }

    private void count(EventWrite event) {
      if (event.key() == null) {
        inserted++;
      } else {
        deleted++;
      }
    }

    /** Whether the next of the inserted events would have to go again at once. */
    private boolean skips() {
      if (inserted - skipped <= table.options().maxBuffer()) {
        return false;
      }
      skipped++;
      return true;
    }

    /** Deletes the oldest stored ones for which there is no room any more. */
    private void drop(KvWriteBatch batch) {
      long excess =
          events.count(table.number(), user)
              - deleted
              + (inserted - skipped)
              - table.options().maxBuffer();
      if (inserted == 0 || excess <= 0) {
        return;
      }
      Set<ByteKey> leaving = new HashSet<>();
      deletedEvents.forEach(key -> leaving.add(new ByteKey(key)));
      byte[] last = null;
      for (Change change :
          events.oldest(table, user, excess, key -> leaving.contains(new ByteKey(key)))) {
        last = change.key();
        deletedEvents.add(last);
        batch.delete(KeyFamily.STREAMS, last);
        changes.add(change);
      }
      if (last != null) {
        dropped.add(new Dropped(table.number(), user, last));
      }
    }
  }

  /** All stored events of a partition up to this one. */
  private record Dropped(int table, UserId user, byte[] last) {}

  private void deleteEvent(KvWriteBatch batch, EventWrite event) {
    byte[] key = event.key();
    if (key != null) {
      // Another's delete is known by its key, but not that of many at once after their time.
      if (!tables.hasEvent(key)) {
        throw new KalamException(
            ErrorCode.SERIALIZATION_FAILURE,
            "could not serialize access due to concurrent delete of an event of "
                + event.table().id());
      }
      deletedEvents.add(key);
      batch.delete(KeyFamily.STREAMS, key);
      changes.add(new Change(event.table(), event.user(), key, event.row(), null, event.seq()));
    }
  }

  private void addEvent(KvWriteBatch batch, long seq, EventWrite event, int ordinal) {
    TableOptions options = event.table().options();
    long bucket = EventKeys.bucketOf(EventKeys.expiryMillis(seq, options.ttlSeconds()));
    byte[] key = EventKeys.eventKey(event.table().number(), event.user(), bucket, seq, ordinal);
    if (options.ephemeral()) {
      if (events.isListened(event.table().number(), event.user())) {
        changes.add(new Change(event.table(), event.user(), key, null, event.row(), 0));
      }
      return;
    }
    batch.put(KeyFamily.STREAMS, key, tables.codec(event.table()).encode(event.row(), seq, false));
    changes.add(new Change(event.table(), event.user(), key, null, event.row(), 0));
  }

  @Override
  public void applied(long seq) {
    int table = 0;
    for (RowWrite write : effective) {
      if (write.table().number() != table) {
        table = write.table().number();
        pipeline.noteTableWritten(seq, table);
      }
      pipeline.noteWritten(seq, Arrays.hashCode(write.rowKey()));
      flushes.noteWritten(write.table().number(), write.rowKey());
      RowVersion base = write.base();
      if (base != null && !base.isHot()) {
        flushes.noteSuperseded(base.segment(), write.rowKey());
        tables.noteSuperseded(write.table(), write.user(), base.segment(), base.segmentRow(), seq);
      }
    }
    RecentWrites recent = pipeline.recentWrites();
    if (recent.isActive()) {
      effective.forEach(write -> collect(write, recent));
      changes.stream()
          .filter(change -> change.table().type() == TableType.STREAM)
          .forEach(change -> recent.collect(KeyFamily.STREAMS, change.key()));
      recent.collected(seq);
    }
    if (hasEvents) {
      eventsApplied(seq);
    }
    referenceHashes.forEach(hash -> pipeline.noteWritten(seq, hash));
    uniqueHashes.forEach(hash -> pipeline.noteWritten(seq, hash));
    written.forEach((number, size) -> counters.noteSize(number, size[0], size[1]));
    hotChanges.forEach(counters::apply);
  }

  private void eventsApplied(long seq) {
    dropped.forEach(d -> events.noteDeletedUpTo(d.table, d.user, d.last));
    for (Change change : changes) {
      if (change.table().type() == TableType.STREAM && !change.table().options().ephemeral()) {
        events.note(change);
      }
    }
    deletedEvents.forEach(key -> pipeline.noteWritten(seq, Arrays.hashCode(key)));
  }

  /** The row's key, and those of its entries before and after. */
  private static void collect(RowWrite write, RecentWrites recent) {
    recent.collect(KeyFamily.ROWS, write.rowKey());
    for (IndexDefinition index : write.table().constraints().indexes()) {
      if (index.isSorted()) {
        @Nullable Object @Nullable [] old = write.oldRow();
        @Nullable Object @Nullable [] row = write.newRow();
        if (old != null) {
          recent.collect(
              KeyFamily.INDEXES, IndexKeys.entryKey(write.table(), index, write.rowKey(), old));
        }
        if (row != null) {
          recent.collect(
              KeyFamily.INDEXES, IndexKeys.entryKey(write.table(), index, write.rowKey(), row));
        }
      }
    }
  }

  /** If it deletes and nothing else. */
  @Override
  public boolean freesSpace() {
    return !changes.isEmpty() && changes.stream().allMatch(change -> change.newRow() == null);
  }

  @Override
  public @Nullable Boolean isSynced() {
    return synced;
  }

  @Override
  public boolean keepsNothing() {
    return effective.isEmpty();
  }

  @Override
  public List<Change> changes() {
    return changes;
  }
}

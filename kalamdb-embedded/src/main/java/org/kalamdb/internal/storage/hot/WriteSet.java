package org.kalamdb.internal.storage.hot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.schema.UserId;

/**
 * What a transaction has written and not committed: one {@link RowWrite} a key, in key order for
 * its own scans and in the order of first touch for the change feed. Confined to the transaction.
 */
public final class WriteSet {
  private final NavigableMap<byte[], RowWrite> rows = new TreeMap<>(Arrays::compareUnsigned);
  private final List<RowWrite> inOrder = new ArrayList<>();
  private final List<EventWrite> events = new ArrayList<>();
  private final Map<Long, Set<Long>> supersededRows = new HashMap<>();

  /** Keys of unique entries that rows of this transaction have, to the row's key. */
  private final Map<ByteKey, byte[]> claims = new HashMap<>();

  private final List<KeyReference> references = new ArrayList<>();

  /** What was before, newest last; null until the first {@link #mark()}. */
  private @Nullable List<Undo> undo;

  /** Open results that read these writes; they may be closed by another thread. */
  private final AtomicInteger readers = new AtomicInteger();

  /**
   * How to take back one write to a row.
   *
   * @param first whether the write was the first to its key
   * @param before what the transaction had left there before, if it was not
   */
  private record Undo(RowWrite write, boolean first, @Nullable Object @Nullable [] before) {}

  /** A moment to go back to: how much there was of everything. */
  public record Mark(int writes, int events, int references) {}

  /** The write to this key so far, or null. */
  public @Nullable RowWrite find(byte[] rowKey) {
    return rows.get(rowKey);
  }

  /**
   * Records that the key is to hold {@code newRow} (null: be deleted). {@code base} is the version
   * seen and counts only at the first write to the key.
   */
  public void write(
      TableDefinition table,
      @Nullable UserId user,
      byte[] rowKey,
      @Nullable RowVersion base,
      @Nullable Object @Nullable [] newRow) {
    RowWrite earlier = rows.get(rowKey);
    if (earlier != null) {
      changeClaims(table, rowKey, earlier.newRow(), newRow);
      noteUndo(new Undo(earlier, false, earlier.newRow()));
      earlier.replace(newRow);
      return;
    }
    changeClaims(table, rowKey, null, newRow);
    RowWrite write = new RowWrite(table, user, rowKey, base, newRow);
    rows.put(rowKey, write);
    inOrder.add(write);
    noteUndo(new Undo(write, true, null));
    if (base != null && !base.isHot()) {
      supersededRows.computeIfAbsent(base.segment(), s -> new HashSet<>()).add(base.segmentRow());
    }
  }

  private void noteUndo(Undo step) {
    if (undo != null) {
      undo.add(step);
    }
  }

  /** A moment that {@link #rollbackTo} can go back to. */
  public Mark mark() {
    List<Undo> steps = undo;
    if (steps == null) {
      steps = new ArrayList<>();
      undo = steps;
    }
    return new Mark(steps.size(), events.size(), references.size());
  }

  /**
   * Takes back everything written since the mark. No open result may read these writes: call it on
   * {@link #writable()}.
   */
  public void rollbackTo(Mark mark) {
    List<Undo> steps = Objects.requireNonNull(undo, "a mark was made");
    for (int i = steps.size() - 1; i >= mark.writes(); i--) {
      Undo step = steps.remove(i);
      RowWrite write = rows.get(step.write().rowKey());
      changeClaims(write.table(), write.rowKey(), write.newRow(), step.before());
      if (step.first()) {
        rows.remove(write.rowKey());
        inOrder.remove(inOrder.size() - 1);
        RowVersion base = write.base();
        if (base != null && !base.isHot()) {
          supersededRows.getOrDefault(base.segment(), new HashSet<>()).remove(base.segmentRow());
        }
      } else {
        write.replace(step.before());
      }
    }
    events.subList(mark.events(), events.size()).clear();
    references.subList(mark.references(), references.size()).clear();
  }

  private void changeClaims(
      TableDefinition table,
      byte[] rowKey,
      @Nullable Object @Nullable [] before,
      @Nullable Object @Nullable [] after) {
    for (IndexDefinition index : table.constraints().indexes()) {
      if (index.unique()) {
        byte[] given = before == null ? null : IndexKeys.uniqueKey(table, index, rowKey, before);
        if (given != null) {
          ByteKey key = new ByteKey(given);
          if (Arrays.equals(claims.get(key), rowKey)) {
            claims.remove(key);
          }
        }
        byte[] taken = after == null ? null : IndexKeys.uniqueKey(table, index, rowKey, after);
        if (taken != null) {
          claims.put(new ByteKey(taken), rowKey);
        }
      }
    }
  }

  /** Notes what a row of this transaction relies on, for the commit to look at again. */
  public void rely(KeyReference reference) {
    references.add(reference);
  }

  /** What rows of this transaction rely on; some of it may be of writes that were made undone. */
  public List<KeyReference> references() {
    return Collections.unmodifiableList(references);
  }

  /** The key of the row of this transaction that has the unique entry, or null. */
  public byte @Nullable [] claimant(byte[] uniqueKey) {
    return claims.isEmpty() ? null : claims.get(new ByteKey(uniqueKey));
  }

  /**
   * A result begins to read these writes: they must stay as they are until {@link #readingEnded}.
   */
  public void readingBegins() {
    readers.incrementAndGet();
  }

  public void readingEnded() {
    readers.decrementAndGet();
  }

  /** What the next statement may write to: this, or a copy while an open result reads this. */
  public WriteSet writable() {
    if (readers.get() == 0) {
      return this;
    }
    WriteSet copy = new WriteSet();
    for (RowWrite write : inOrder) {
      RowWrite own = write.copy();
      copy.rows.put(own.rowKey(), own);
      copy.inOrder.add(own);
    }
    copy.events.addAll(events);
    copy.claims.putAll(claims);
    copy.references.addAll(references);
    copy.undo = undo == null ? null : new ArrayList<>(undo);
    supersededRows.forEach((segment, of) -> copy.supersededRows.put(segment, new HashSet<>(of)));
    return copy;
  }

  public void write(EventWrite event) {
    events.add(event);
  }

  public boolean isEmpty() {
    return rows.isEmpty() && events.isEmpty();
  }

  public int size() {
    return rows.size() + events.size();
  }

  /** Writes in the order in which their keys were first touched. */
  public List<RowWrite> rows() {
    return Collections.unmodifiableList(inOrder);
  }

  public List<EventWrite> events() {
    return Collections.unmodifiableList(events);
  }

  /**
   * Writes to keys from {@code from} (inclusive) to {@code to} (exclusive; null: no end) in key
   * order, as they are now: later writes of the transaction do not show in the list.
   */
  public List<PendingRow> range(byte[] from, byte @Nullable [] to) {
    if (rows.isEmpty()) {
      return new ArrayList<>(0);
    }
    NavigableMap<byte[], RowWrite> range =
        to == null ? rows.tailMap(from, true) : rows.subMap(from, true, to, false);
    List<PendingRow> copy = new ArrayList<>(range.size());
    range.forEach((key, write) -> copy.add(new PendingRow(key, write.newRow(), write.oldRow())));
    return copy;
  }

  /** What a transaction holds for a key: the new row (null: deleted) and the one before it. */
  public record PendingRow(
      byte[] key, @Nullable Object @Nullable [] newRow, @Nullable Object @Nullable [] oldRow) {}

  /** Row numbers of the segment whose rows this transaction has replaced so far; a copy. */
  public Set<Long> supersededRows(long segment) {
    return Set.copyOf(supersededRows.getOrDefault(segment, Set.of()));
  }
}

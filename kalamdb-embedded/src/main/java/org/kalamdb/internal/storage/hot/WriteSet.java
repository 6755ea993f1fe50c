package org.kalamdb.internal.storage.hot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.row.RowUpgrade;
import org.kalamdb.schema.UserId;

/**
 * What a transaction has written and not committed: one {@link RowWrite} a key, in key order for
 * its own scans and in the order of first touch for the change feed. Confined to the transaction.
 */
public final class WriteSet {
  /** What a write takes beside its key and rows. */
  private static final int WRITE_BYTES = 200;

  /** What one step to take back takes. */
  private static final int UNDO_BYTES = 48;

  /** In the key of an event that is not committed. */
  public static final long OWN_SEQ = Long.MAX_VALUE;

  private final KeyedWrites rows = new KeyedWrites();
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
   * @param part the part of a statement that had left it
   */
  private record Undo(
      byte[] rowKey, boolean first, @Nullable Object @Nullable [] before, int part) {}

  /** A moment to go back to: how much there was of everything. */
  public record Mark(int writes, int events, int references) {}

  /** The part of a statement that writes; 0: one without parts. */
  private int part;

  private int firstPart;
  private int lastPart;

  private final long limit;
  private long bytes;

  /** Writes without a limit. */
  public WriteSet() {
    this(Long.MAX_VALUE);
  }

  /**
   * @param limit about how many bytes of heap the writes may take
   */
  public WriteSet(long limit) {
    this.limit = limit;
  }

  /** About how many bytes the writes may take. */
  public long limit() {
    return limit;
  }

  /** About how many bytes they take. */
  public long bytes() {
    return bytes;
  }

  /** 53200 for a transaction that holds more than the limit. */
  public static KalamException tooLarge(long limit) {
    return new KalamException(
            ErrorCode.OUT_OF_MEMORY,
            "the transaction changes more rows than fit into " + limit + " bytes")
        .withHint(
            "Change the rows in several transactions, or raise"
                + " KalamOptions.transactionMemoryBytes.");
  }

  private void grow(long by) {
    bytes += by;
    if (bytes > limit) {
      throw tooLarge(limit);
    }
  }

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
      grow(RowBytes.of(newRow) - RowBytes.of(earlier.newRow()));
      changeClaims(table, rowKey, earlier.newRow(), newRow);
      noteUndo(new Undo(rowKey, false, earlier.newRow(), earlier.part()));
      earlier.replace(newRow, part);
      return;
    }
    grow(bytesOf(rowKey, base, newRow));
    changeClaims(table, rowKey, null, newRow);
    RowWrite write = new RowWrite(table, user, rowKey, base, newRow);
    write.replace(newRow, part);
    rows.add(write);
    inOrder.add(write);
    noteUndo(new Undo(rowKey, true, null, 0));
    hide(base);
  }

  private void hide(@Nullable RowVersion version) {
    if (version != null && !version.isHot()) {
      supersededRows
          .computeIfAbsent(version.segment(), s -> new HashSet<>())
          .add(version.segmentRow());
    }
  }

  private void show(@Nullable RowVersion version) {
    if (version != null && !version.isHot()) {
      supersededRows.getOrDefault(version.segment(), Set.of()).remove(version.segmentRow());
    }
  }

  /**
   * The writes are read on top of a newer snapshot from now on, in which a flush or compaction may
   * have given the replaced versions other places.
   *
   * @param now the version of a write's key in that snapshot
   */
  public void followTo(Function<RowWrite, @Nullable RowVersion> now) {
    for (RowWrite write : inOrder) {
      RowVersion version = now.apply(write);
      if (version != null) {
        // Where it was stays hidden too: open results read older snapshots.
        hide(version);
        write.noteMoved(version);
      }
    }
  }

  /**
   * As {@link #write}, of a row that a scan found.
   *
   * @throws KalamException 21000 if another part of the statement has changed it
   */
  public void change(
      TableDefinition table,
      @Nullable UserId user,
      byte[] rowKey,
      @Nullable RowVersion base,
      @Nullable Object @Nullable [] newRow) {
    RowWrite earlier = part > 0 ? rows.get(rowKey) : null;
    if (earlier != null && earlier.part() >= firstPart && earlier.part() != part) {
      throw new KalamException(
              ErrorCode.CARDINALITY_VIOLATION,
              "a row of table \"" + table.id().name() + "\" is changed twice by one statement")
          .withHint("Each row may be changed by one of the statements under WITH only.");
    }
    write(table, user, rowKey, base, newRow);
  }

  /** The next statement has several parts, each of which begins with {@link #beginPart}. */
  public void beginParts() {
    firstPart = lastPart + 1;
  }

  public void beginPart() {
    part = ++lastPart;
  }

  /** What is written from here on belongs to the statement as a whole. */
  public void endParts() {
    part = 0;
  }

  private static long bytesOf(
      byte[] rowKey, @Nullable RowVersion base, @Nullable Object @Nullable [] newRow) {
    return WRITE_BYTES
        + rowKey.length
        + RowBytes.of(newRow)
        + (base == null ? 0 : RowBytes.of(base.values()));
  }

  private void noteUndo(Undo step) {
    if (undo != null) {
      grow(UNDO_BYTES);
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
      RowWrite write = Objects.requireNonNull(rows.get(step.rowKey()), "a write was noted");
      changeClaims(write.table(), write.rowKey(), write.newRow(), step.before());
      bytes -= UNDO_BYTES;
      RowVersion base = write.base();
      if (step.first()) {
        bytes -= bytesOf(write.rowKey(), base, write.newRow());
        rows.removeNewest(write);
        inOrder.remove(inOrder.size() - 1);
        show(base);
        show(write.moved());
      } else {
        bytes += RowBytes.of(step.before()) - RowBytes.of(write.newRow());
        write.replace(step.before(), step.part());
      }
    }
    List<EventWrite> undone = events.subList(mark.events(), events.size());
    undone.forEach(event -> bytes -= WRITE_BYTES + RowBytes.of(event.row()));
    undone.clear();
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

  /**
   * Carries the rows over to what their tables have become in the transaction.
   *
   * @param newest the definition of a table by its number; null if it was dropped
   */
  public void follow(IntFunction<@Nullable TableDefinition> newest) {
    Map<Integer, Optional<TableDefinition>> tables = new HashMap<>();
    boolean altered = false;
    for (RowWrite write : inOrder) {
      TableDefinition now =
          tables
              .computeIfAbsent(
                  write.table().number(), number -> Optional.ofNullable(newest.apply(number)))
              .orElse(null);
      if (now != null && !now.equals(write.table())) {
        write.follow(now);
        altered = true;
      }
    }
    if (altered) {
      claims.clear();
      inOrder.forEach(w -> changeClaims(w.table(), w.rowKey(), null, w.newRow()));
    }
    for (int i = 0; i < events.size(); i++) {
      EventWrite event = events.get(i);
      TableDefinition now = newest.apply(event.table().number());
      if (now != null && !now.equals(event.table())) {
        @Nullable Object[] row =
            new RowUpgrade(event.table().schema(), now.schema()).apply(event.row());
        events.set(i, event.follow(now, row));
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
    return readers.get() == 0 ? this : copy();
  }

  /** The writes as they are now. */
  public WriteSet copy() {
    WriteSet copy = new WriteSet(limit);
    copy.bytes = bytes;
    for (RowWrite write : inOrder) {
      RowWrite own = write.copy();
      copy.rows.add(own);
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
    grow(WRITE_BYTES + RowBytes.of(event.row()));
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

  /** Events added and removed, in that order, without those that were taken back. */
  public List<EventWrite> events() {
    BitSet gone = takenBack();
    List<EventWrite> left = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      if (!gone.get(i) && events.get(i).takesBack() < 0) {
        left.add(events.get(i));
      }
    }
    return left;
  }

  private BitSet takenBack() {
    BitSet gone = new BitSet();
    for (EventWrite event : events) {
      if (event.takesBack() >= 0) {
        gone.set(event.takesBack());
      }
    }
    return gone;
  }

  /**
   * Events of a partition added and removed, in key order, as they are now. A new one's key is for
   * this transaction alone: its bucket is the given one, its commit {@value #OWN_SEQ}, and its
   * place that among the transaction's events.
   */
  public List<PendingRow> events(int table, UserId user, long bucket) {
    List<PendingRow> pending = new ArrayList<>();
    BitSet gone = takenBack();
    for (int i = 0; i < events.size(); i++) {
      EventWrite event = events.get(i);
      if (event.table().number() != table
          || !event.user().equals(user)
          || event.takesBack() >= 0
          || gone.get(i)) {
        continue;
      }
      byte[] stored = event.key();
      pending.add(
          stored != null
              ? new PendingRow(stored, null, event.row())
              : new PendingRow(
                  EventKeys.eventKey(table, user, bucket, OWN_SEQ, i), event.row(), null));
    }
    pending.sort((a, b) -> Arrays.compareUnsigned(a.key(), b.key()));
    return pending;
  }

  /**
   * Writes to keys from {@code from} (inclusive) to {@code to} (exclusive; null: no end) in key
   * order, as they are now: later writes of the transaction do not show in the list.
   */
  public List<PendingRow> range(byte[] from, byte @Nullable [] to) {
    if (rows.isEmpty()) {
      return new ArrayList<>(0);
    }
    List<PendingRow> copy = new ArrayList<>();
    rows.forEach(
        from,
        to,
        write -> copy.add(new PendingRow(write.rowKey(), write.newRow(), write.oldRow())));
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

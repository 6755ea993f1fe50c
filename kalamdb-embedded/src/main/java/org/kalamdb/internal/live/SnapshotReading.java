package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;

/**
 * A snapshot being told, or what a resumed listener has missed. Read by who has the turn; what has
 * been read is guarded by the subscription's lock.
 */
final class SnapshotReading {
  private final SnapshotSource.Snapshot snapshot;
  private final long seq;
  private final Deque<ChangeEvent.Changes> missed = new ArrayDeque<>(0);
  private @Nullable List<Row> rows;
  private boolean exhausted;

  /**
   * @param atLeast it contains the commits up to this one in any case
   */
  SnapshotReading(SnapshotSource.Snapshot snapshot, long atLeast) {
    this.snapshot = snapshot;
    this.seq = Math.max(snapshot.seq(), atLeast);
  }

  SnapshotReading(Missed missed) {
    this(missed.asSnapshot(), 0);
    this.missed.addAll(missed.changes());
    this.exhausted = true;
  }

  /** Contains exactly the commits up to this one. */
  long seq() {
    return seq;
  }

  /** Whether rows must be read before an event can be told. */
  boolean mustRead() {
    return rows == null && !exhausted;
  }

  /** The next rows; null, with the snapshot closed, at the end. To be handed to {@link #put}. */
  @Nullable List<Row> read(List<ResultColumn> columns) {
    List<@Nullable Object[]> values = snapshot.next();
    if (values == null) {
      snapshot.close();
      return null;
    }
    List<Row> read = new ArrayList<>(values.size());
    for (@Nullable Object[] row : values) {
      read.add(new Row(columns, row));
    }
    return read;
  }

  void put(@Nullable List<Row> read) {
    rows = read;
    exhausted = read == null;
  }

  /** What to tell next; null if that is Ready. */
  @Nullable ChangeEvent take() {
    ChangeEvent event = missed.poll();
    if (event == null && rows != null) {
      event = new ChangeEvent.SnapshotRows(new SeqId(seq), rows);
      rows = null;
    }
    return event;
  }

  void close() {
    snapshot.close();
  }
}

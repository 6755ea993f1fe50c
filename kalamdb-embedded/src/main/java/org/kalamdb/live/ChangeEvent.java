package org.kalamdb.live;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.Row;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.TableId;

/**
 * What a subscription tells its listener: {@link SnapshotRows} until {@link Ready}, then {@link
 * Changes}, {@link SchemaChanged} and {@link Degraded}; a {@link Reset} starts over with a
 * snapshot; {@link Closed} is the last event.
 */
public sealed interface ChangeEvent {
  /** The commit up to which everything is now told. */
  SeqId seq();

  /** Some rows of the result as of {@code seq}, in the result's order. */
  record SnapshotRows(SeqId seq, List<Row> rows) implements ChangeEvent {
    public SnapshotRows {
      rows = List.copyOf(rows);
    }
  }

  /** The snapshot is complete as of {@code seq}; changes follow. */
  record Ready(SeqId seq) implements ChangeEvent {}

  /** What one transaction changed in the result, in the order of its statements; never empty. */
  record Changes(SeqId seq, List<RowChange> changes) implements ChangeEvent {
    public Changes {
      changes = List.copyOf(changes);
    }
  }

  /**
   * The query is from now on run again whenever its tables change, for the stated reason, because
   * what its operators kept of them took too much memory. Changes that are told stay right; those
   * of several commits may come as one.
   */
  record Degraded(SeqId seq, String reason) implements ChangeEvent {}

  /**
   * The columns of a table that the query reads, or the table's name, are others from commit {@code
   * seq} on. The result goes on with the columns it was subscribed with, {@code SELECT *} too:
   * subscribe anew to be shown others. Comes before all rows of that commit and after those of
   * earlier ones; no place of its own to go on from.
   *
   * @param table its name now
   * @param version rises with each change of its columns
   * @param columns as they are now
   */
  record SchemaChanged(SeqId seq, TableId table, int version, List<ColumnSchema> columns)
      implements ChangeEvent {
    public SchemaChanged {
      columns = List.copyOf(columns);
    }
  }

  /** Continuity was lost, for the stated reason; forget all rows, a new snapshot follows. */
  record Reset(SeqId seq, String reason) implements ChangeEvent {}

  /** The subscription has ended; {@code error} is set if not by its own {@code close()}. */
  record Closed(SeqId seq, String reason, @Nullable Throwable error) implements ChangeEvent {}

  /** How a row of the result changed. */
  enum Kind {
    /** A new row that matches. */
    INSERT,
    /** A row that matched before and after, with other values in the result. */
    UPDATE,
    /** A row that matched and is deleted or expired. */
    DELETE,
    /** A row that an update made match. */
    ENTER,
    /** A row that an update made match no more. */
    LEAVE,
    /**
     * A row that matches, new or with other values than before: which of the two is not known,
     * since a resumed subscription tells it from the table's rows and not from the commits. Put it
     * in the place of the row with its primary key, if there is one.
     */
    UPSERT
  }

  /**
   * One changed row of the result.
   *
   * @param oldRow before; null for INSERT, ENTER and UPSERT. Of a DELETE or LEAVE that a resumed
   *     subscription tells from the table's rows, the primary key is right, other values may be
   *     missing or those the row had at last, and the listener may never have been told of the row
   * @param newRow after; null for DELETE and LEAVE
   * @param changedColumns names of result columns whose values differ; all of them unless UPDATE,
   *     none if a row of an ordered result only has another place
   * @param oldIndex if the query has an ORDER BY, the row's place in the result before the
   *     transaction, from 0; -1 if it was not there, or without an order
   * @param newIndex likewise its place after the transaction. To bring a list up to date, take out
   *     the rows at all old indexes, highest first, then put in those of all new indexes, lowest
   *     first
   */
  record RowChange(
      Kind kind,
      @Nullable Row oldRow,
      @Nullable Row newRow,
      Set<String> changedColumns,
      int oldIndex,
      int newIndex) {
    public RowChange {
      changedColumns = Set.copyOf(changedColumns);
    }

    /** A change of a result without an order. */
    public RowChange(
        Kind kind, @Nullable Row oldRow, @Nullable Row newRow, Set<String> changedColumns) {
      this(kind, oldRow, newRow, changedColumns, -1, -1);
    }
  }
}

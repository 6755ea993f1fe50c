package org.kalamdb.internal.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.live.EvaluatedSubscription;
import org.kalamdb.internal.live.RowQuery.RowSnapshots;
import org.kalamdb.internal.live.SnapshotSource.Snapshot;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableType;

/** Reads the present rows of live queries: all of them, or the last so many by primary key. */
final class LiveSnapshots implements RowSnapshots {
  private final Engine engine;

  LiveSnapshots(Engine engine) {
    this.engine = engine;
  }

  @Override
  public Snapshot open(EvaluatedSubscription query, long lastRows, int batchSize) {
    ReadView view = engine.pipeline().acquireView();
    // The rows are read beside the changes, so they are evaluated by an instance of their own.
    EvaluatedSubscription compiled = query.copy();
    try {
      boolean all = lastRows == Long.MAX_VALUE;
      boolean stream = compiled.table().type() == TableType.STREAM;
      ScanRequest.Order order =
          all || stream ? ScanRequest.Order.ASCENDING : ScanRequest.Order.DESCENDING;
      Pinned rows = new Pinned(view, compiled, batchSize, order);
      if (!all) {
        rows.keepLast(lastRows, order == ScanRequest.Order.DESCENDING);
      }
      return rows;
    } catch (RuntimeException | Error e) {
      try (ReadView held = view) {
        compiled.close();
      }
      throw e;
    }
  }

  private final class Pinned implements Snapshot {
    private final ReadView view;
    private final EvaluatedSubscription compiled;
    private final int batchSize;
    private final BufferAllocator allocator;
    private final BatchSource source;
    private final TableDefinition table;
    private final Deque<@Nullable Object[]> ready = new ArrayDeque<>();
    private boolean exhausted;
    private boolean closed;

    Pinned(ReadView view, EvaluatedSubscription compiled, int batchSize, ScanRequest.Order order) {
      this.view = view;
      this.compiled = compiled;
      this.batchSize = batchSize;
      this.allocator =
          engine
              .allocator()
              .newChildAllocator("live snapshot", 0, engine.options().queryMemoryBytes());
      List<Integer> columns = new ArrayList<>();
      try {
        this.table = newest(compiled.table(), columns);
      } catch (RuntimeException | Error e) {
        allocator.close();
        throw e;
      }
      columns.add(SystemColumn.SEQ.scanNumber());
      columns.add(SystemColumn.DELETED.scanNumber());
      try {
        this.source =
            engine
                .tables()
                .scan(
                    view.snapshot(),
                    view.seq(),
                    TableStore.EVERY_EVENT, // until their end is told
                    new WriteSet(),
                    new ScanRequest(
                        table,
                        table.type().isPerUser() ? compiled.user() : null,
                        columns,
                        List.of(KeyRange.ALL),
                        List.of(),
                        order,
                        false,
                        Long.MAX_VALUE),
                    allocator);
      } catch (RuntimeException | Error e) {
        allocator.close();
        throw e;
      }
    }

    /**
     * The table as the view has it, and where it has the columns that the query uses: it may have
     * been altered since the query was bound.
     */
    private TableDefinition newest(TableDefinition bound, List<Integer> columns) {
      TableDefinition now = view.catalog().table(bound.number());
      if (now == null) {
        throw new KalamException(ErrorCode.UNDEFINED_TABLE, "table " + bound.id() + " was dropped");
      }
      for (int i = 0; i < bound.schema().columns().size(); i++) {
        ColumnSchema column = bound.schema().column(i);
        if (!compiled.uses(i)) {
          // In its place something that costs nothing to read and is always there.
          columns.add(SystemColumn.SEQ.scanNumber());
          continue;
        }
        int position = now.schema().positionOf(column.id());
        if (position < 0 || !now.schema().column(position).type().equals(column.type())) {
          throw new KalamException(
              ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
              "Table " + bound.id() + " was altered: column \"" + column.name() + "\" has changed");
        }
        columns.add(position);
      }
      return now;
    }

    /** Reads until enough rows matched, or all, and keeps the last ones in ascending order. */
    void keepLast(long count, boolean descending) {
      try {
        while (!exhausted && (!descending || ready.size() < count)) {
          readBatch(descending);
          while (ready.size() > count) {
            ready.removeFirst();
          }
        }
        exhausted = true;
      } catch (RuntimeException | Error e) {
        releaseMemory();
        throw e;
      }
    }

    /**
     * Adds the matching rows of a batch behind the others, or before them if they come backwards.
     */
    private void readBatch(boolean descending) {
      RecordBatch batch = source.next();
      if (batch == null) {
        exhausted = true;
        return;
      }
      try (RecordBatch current = batch) {
        for (int i = 0; i < current.selection().size(); i++) {
          @Nullable Object[] row = Rows.read(current, current.selection().get(i));
          if (compiled.matches(row)) {
            if (descending) {
              ready.addFirst(compiled.project(row));
            } else {
              ready.addLast(compiled.project(row));
            }
          }
        }
      }
    }

    @Override
    public long seq() {
      // No snapshot has the events of an ephemeral stream: each since the query began is told.
      return table.options().ephemeral() ? compiled.subscribedAt() : view.seq();
    }

    @Override
    public @Nullable List<@Nullable Object[]> next() {
      while (ready.size() < batchSize && !exhausted) {
        readBatch(false);
      }
      if (ready.isEmpty()) {
        return null;
      }
      List<@Nullable Object[]> rows = new ArrayList<>();
      while (rows.size() < batchSize && !ready.isEmpty()) {
        rows.add(ready.removeFirst());
      }
      return rows;
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      try {
        releaseMemory();
      } finally {
        try {
          compiled.close();
        } finally {
          view.close();
        }
      }
    }

    private void releaseMemory() {
      try {
        source.close();
      } finally {
        allocator.close();
      }
    }
  }
}

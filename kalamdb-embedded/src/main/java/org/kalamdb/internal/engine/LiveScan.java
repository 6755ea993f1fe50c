package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.live.CompiledSubscription;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.UserId;

/** The rows of one partition in the layout of {@link CompiledSubscription}; for one thread. */
final class LiveScan implements AutoCloseable {
  private final BufferAllocator allocator;
  private final BatchSource source;

  /** All rows of the query's table that are there now. */
  static LiveScan of(
      Engine engine,
      ReadView view,
      CompiledSubscription query,
      @Nullable UserId user,
      ScanRequest.Order order) {
    List<Integer> columns = new ArrayList<>();
    TableDefinition table = newest(view, query, columns);
    return new LiveScan(
        engine,
        view,
        new ScanRequest(
            table, user, columns, List.of(KeyRange.ALL), List.of(), order, false, Long.MAX_VALUE));
  }

  /**
   * All rows of the query's table, deleted ones too, but perhaps some of commits up to {@code
   * afterSeq}.
   */
  static LiveScan after(
      Engine engine,
      ReadView view,
      CompiledSubscription query,
      @Nullable UserId user,
      long afterSeq) {
    List<Integer> columns = new ArrayList<>();
    TableDefinition table = newest(view, query, columns);
    return new LiveScan(engine, view, after(table, user, columns, afterSeq));
  }

  /** The same of a table, with nothing but the commits of the rows. */
  static LiveScan commitsAfter(
      Engine engine, ReadView view, TableDefinition table, @Nullable UserId user, long afterSeq) {
    return new LiveScan(
        engine,
        view,
        after(table, user, new ArrayList<>(List.of(SystemColumn.SEQ.scanNumber())), afterSeq));
  }

  private static ScanRequest after(
      TableDefinition table, @Nullable UserId user, List<Integer> columns, long afterSeq) {
    return new ScanRequest(
        table,
        user,
        columns,
        List.of(KeyRange.ALL),
        List.of(),
        ScanRequest.Order.ANY,
        true,
        Long.MAX_VALUE,
        afterSeq);
  }

  private LiveScan(Engine engine, ReadView view, ScanRequest request) {
    allocator =
        engine
            .allocator()
            .newChildAllocator("live snapshot", 0, engine.options().queryMemoryBytes());
    try {
      source =
          engine
              .tables()
              .scan(
                  view.snapshot(),
                  view.seq(),
                  TableStore.EVERY_EVENT, // until their end is told
                  new WriteSet(),
                  request,
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
  private static TableDefinition newest(
      ReadView view, CompiledSubscription query, List<Integer> columns) {
    TableDefinition bound = query.table();
    TableDefinition now = view.catalog().current(bound);
    if (now == null) {
      throw new KalamException(ErrorCode.UNDEFINED_TABLE, "table " + bound.id() + " was dropped");
    }
    for (int i = 0; i < bound.schema().columns().size(); i++) {
      ColumnSchema column = bound.schema().column(i);
      if (!query.uses(i)) {
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
    columns.add(SystemColumn.SEQ.scanNumber());
    columns.add(SystemColumn.DELETED.scanNumber());
    return now;
  }

  /** The next rows, for the caller to close; null at the end. */
  @Nullable RecordBatch next() {
    return source.next();
  }

  @Override
  public void close() {
    try {
      source.close();
    } finally {
      allocator.close();
    }
  }
}

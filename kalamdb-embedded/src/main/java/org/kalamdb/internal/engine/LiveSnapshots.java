package org.kalamdb.internal.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.live.EvaluatedSubscription;
import org.kalamdb.internal.live.Missed;
import org.kalamdb.internal.live.RowQuery.RowSnapshots;
import org.kalamdb.internal.live.SnapshotSource.Snapshot;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.TableType;

/** Reads the present rows of live queries: all of them, or the last so many by primary key. */
final class LiveSnapshots implements RowSnapshots {
  private final Engine engine;

  LiveSnapshots(Engine engine) {
    this.engine = engine;
  }

  @Override
  public Missed changesSince(EvaluatedSubscription query, long seq) {
    return new LiveChanges.OfRows(engine, query).since(seq);
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
    private final LiveScan scan;
    private final Deque<@Nullable Object[]> ready = new ArrayDeque<>();
    private boolean exhausted;
    private boolean closed;

    Pinned(ReadView view, EvaluatedSubscription compiled, int batchSize, ScanRequest.Order order) {
      this.view = view;
      this.compiled = compiled;
      this.batchSize = batchSize;
      this.scan = LiveScan.of(engine, view, compiled, compiled.user(), order);
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
        scan.close();
        throw e;
      }
    }

    /**
     * Adds the matching rows of a batch behind the others, or before them if they come backwards.
     */
    private void readBatch(boolean descending) {
      RecordBatch batch = scan.next();
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
      return compiled.table().options().ephemeral() ? compiled.subscribedAt() : view.seq();
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
        scan.close();
      } finally {
        try {
          compiled.close();
        } finally {
          view.close();
        }
      }
    }
  }
}

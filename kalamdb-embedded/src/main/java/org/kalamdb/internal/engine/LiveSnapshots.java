package org.kalamdb.internal.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.live.CompiledSubscription;
import org.kalamdb.internal.live.Missed;
import org.kalamdb.internal.live.SnapshotSource;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/** Reads the present rows of one live query: all of them, or the last so many by primary key. */
final class LiveSnapshots implements SnapshotSource {
  private final Engine engine;
  private final @Nullable UserId user;
  private final Supplier<CompiledSubscription> compiler;
  private final BoundSubscription bound;

  /** The newest commit when the query was bound, which is before any it is told of. */
  private final long boundAt;

  /** Whether a snapshot has been read. */
  private boolean opened;

  LiveSnapshots(
      Engine engine,
      @Nullable UserId user,
      Supplier<CompiledSubscription> compiler,
      BoundSubscription bound) {
    this.engine = engine;
    this.user = user;
    this.compiler = compiler;
    this.bound = bound;
    try (ReadView view = engine.pipeline().acquireView()) {
      boundAt = view.seq();
    }
  }

  @Override
  public Missed changesSince(long seq) {
    return new LiveChanges.OfRows(engine, user, compiler, bound).since(seq);
  }

  @Override
  public Snapshot open(long lastRows, int batchSize) {
    ReadView view = engine.pipeline().acquireView();
    CompiledSubscription compiled = null;
    try {
      compiled = compiler.get();
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
        if (compiled != null) {
          compiled.close();
        }
      }
      throw e;
    }
  }

  private final class Pinned implements Snapshot {
    private final ReadView view;
    private final CompiledSubscription compiled;
    private final int batchSize;
    private final LiveScan scan;
    private final Deque<@Nullable Object[]> ready = new ArrayDeque<>();
    private final boolean first;
    private boolean exhausted;
    private boolean closed;

    Pinned(ReadView view, CompiledSubscription compiled, int batchSize, ScanRequest.Order order) {
      this.view = view;
      this.first = !opened;
      opened = true;
      this.compiled = compiled;
      this.batchSize = batchSize;
      this.scan = LiveScan.of(engine, view, compiled, user, order);
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
      return first && compiled.table().options().ephemeral() ? boundAt : view.seq();
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

package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.plan.IndexAccess;
import org.kalamdb.internal.sql.plan.LogicalPlan.Scan;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.IndexRequest;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.UserId;

/** Reads one table; opens it at the first batch. */
final class ScanOperator implements Operator {
  private static final double LONG_SCAN_ROWS = 100_000;

  private final Scan scan;
  private final ExecutionContext context;
  private @Nullable BatchSource source;
  private boolean done;

  ScanOperator(Scan scan, ExecutionContext context) {
    this.scan = scan;
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    if (done) {
      return null;
    }
    if (source == null) {
      ScanRequest request = request();
      if (request == null) {
        done = true;
        return null;
      }
      source = open(request);
    }
    return source.next();
  }

  private BatchSource open(ScanRequest request) {
    IndexAccess access = scan.index();
    if (access != null) {
      Constants constants = new Constants(context);
      RowLimit first = access.first();
      List<KeyRange> ranges =
          new KeyRangeBuilder(scan.table().schema(), constants).ranges(access.conditions());
      IndexRequest wanted =
          new IndexRequest(
              access.index(),
              ranges,
              access.descending(),
              first == null ? Long.MAX_VALUE : RowWindow.of(first, constants).end());
      BatchSource byIndex = context.reader().scanByIndex(request, wanted, context.allocator());
      if (byIndex != null) {
        return byIndex;
      }
    }
    BatchSource rows = context.reader().scan(request, context.allocator());
    return isLong(request) ? new PrefetchSource(rows, context.workers()) : rows;
  }

  /** Whether it pays to have another thread read: few rows are there sooner without. */
  private boolean isLong(ScanRequest request) {
    return context.readsAhead()
        && request.limit() == Long.MAX_VALUE
        && scan.keys().isEmpty()
        && context.reader().estimate(request.table(), request.user(), context.allocator()).rows()
            >= LONG_SCAN_ROWS;
  }

  /** The request with all values known; null if no row can match. */
  private @Nullable ScanRequest request() {
    Constants constants = new Constants(context);
    KeyRangeBuilder builder = new KeyRangeBuilder(scan.table().schema(), constants);
    List<KeyRange> ranges =
        scan.keys().isEmpty() ? List.of(KeyRange.ALL) : builder.ranges(scan.keys());
    long limit =
        scan.limit() == null ? Long.MAX_VALUE : RowWindow.of(scan.limit(), constants).end();
    if (ranges.isEmpty() || limit == 0) {
      return null;
    }
    List<ColumnPredicate> predicates = builder.predicates(scan.predicates());
    return new ScanRequest(
        scan.table(),
        owner(),
        scan.scanColumns(),
        ranges,
        predicates,
        scan.order(),
        scan.includeDeleted(),
        limit);
  }

  private @Nullable UserId owner() {
    if (!scan.table().type().isPerUser()) {
      return null;
    }
    UserId user = context.user();
    if (user == null) {
      throw new KalamException(
          ErrorCode.INSUFFICIENT_PRIVILEGE,
          "permission denied for table " + scan.table().id().name() + ": the session has no user");
    }
    return user;
  }

  @Override
  public void close() {
    done = true;
    BatchSource open = source;
    source = null;
    if (open != null) {
      // Some sources add theirs up when asked, so they are asked at the end.
      context.statistics(scan).scan = open.statistics();
      open.close();
    }
  }
}

package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.sql.plan.IndexAccess;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.IndexRequest;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.UserId;

/** Reads one table; opens it at the first batch. */
final class ScanOperator implements Operator {
  private final Scan scan;
  private final List<ProbeFilter> filters;
  private final List<RowFilter> rowFilters = new ArrayList<>();
  private final ExecutionContext context;
  private @Nullable BatchSource source;
  private @Nullable ScanParts parts;
  private @Nullable LongConsumer counted;

  /** Of parts that were counted and not read. */
  private final ScanStatistics ofCounted = new ScanStatistics();

  private boolean done;

  ScanOperator(Scan scan, List<ProbeFilter> filters, ExecutionContext context) {
    this.scan = scan;
    this.filters = filters;
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    if (done) {
      return null;
    }
    BatchSource open = source;
    if (open == null) {
      ScanRequest request = begin();
      if (request == null) {
        return null;
      }
      open = open(request);
      source = open;
    }
    return filtered(open.next(), rowFilters);
  }

  /** Leaves out rows for which joins above hold no partner. */
  private static @Nullable RecordBatch filtered(
      @Nullable RecordBatch batch, List<RowFilter> filters) {
    if (batch != null) {
      for (RowFilter filter : filters) {
        if (batch.selection().size() > 0) {
          filter.apply(batch);
        }
      }
    }
    return batch;
  }

  /** What to read; null if there is nothing. */
  private @Nullable ScanRequest begin() {
    ScanRequest request = request();
    done = request == null;
    filters.forEach(this::addRowFilter);
    return request;
  }

  @Override
  public void leaveOutCounted(LongConsumer counts) {
    if (filters.isEmpty() && scan.limit() == null && scan.index() == null) {
      counted = counts;
    }
  }

  @Override
  public boolean isForkable() {
    return scan.keys().isEmpty()
        && scan.limit() == null
        && scan.index() == null
        && scan.order() == ScanRequest.Order.ANY;
  }

  @Override
  public @Nullable ScanParts prepareForks() {
    ScanRequest request = begin();
    if (request == null) {
      return null;
    }
    if (isLong(request) && request.ranges().stream().allMatch(KeyRange::isAll)) {
      List<? extends BatchSource> divided =
          withoutCounted(context.reader().scanParts(request, context.allocator()));
      if (divided.size() > 1) {
        ScanParts made = new ScanParts(divided);
        parts = made;
        return made;
      }
      if (counted != null) {
        source = divided.isEmpty() ? null : divided.get(0);
        done = divided.isEmpty();
        return null;
      }
      Closeables.closeAll(divided);
    }
    source = open(request);
    return null;
  }

  /** The parts that are to be read. */
  private List<? extends BatchSource> withoutCounted(List<? extends BatchSource> all) {
    LongConsumer counts = counted;
    if (counts == null) {
      return all;
    }
    List<BatchSource> left = new ArrayList<>(all);
    try {
      for (BatchSource part : all) {
        context.cancel().check();
        long rows = part.skipKnown();
        if (rows > 0) {
          counts.accept(rows);
          note(part.statistics());
          left.remove(part);
          part.close();
        }
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, left);
      throw e;
    }
    return left;
  }

  @Override
  public Operator fork(ScanParts.Reader reader) {
    List<RowFilter> copies = rowFilters.stream().map(RowFilter::fork).toList();
    return new Operator() {
      @Override
      public @Nullable RecordBatch next() {
        return filtered(reader.next(), copies);
      }

      @Override
      public void close() {
        reader.close();
      }
    };
  }

  private void addRowFilter(ProbeFilter filter) {
    KeySet keys = filter.keys();
    if (keys != null) {
      rowFilters.add(new RowFilter(keys, filter.output()));
    }
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
    LongConsumer counts = counted;
    if (counts != null) {
      counts.accept(skipped(rows));
    }
    return isLong(request) ? new PrefetchSource(rows, context.workers()) : rows;
  }

  private static long skipped(BatchSource rows) {
    try {
      return rows.skipKnown();
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(rows));
      throw e;
    }
  }

  /** Whether it pays to have another thread read: few rows are there sooner without. */
  private boolean isLong(ScanRequest request) {
    return context.usesThreads()
        && request.limit() == Long.MAX_VALUE
        && scan.keys().isEmpty()
        && context.reader().estimate(request.table(), request.user(), context.allocator()).rows()
            >= context.longScanRows();
  }

  /** The request with all values known; null if no row can match. */
  private @Nullable ScanRequest request() {
    Constants constants = new Constants(context);
    KeyRangeBuilder builder = new KeyRangeBuilder(scan.table().schema(), constants);
    List<KeyRange> ranges =
        scan.keys().isEmpty() ? List.of(KeyRange.ALL) : builder.ranges(scan.keys());
    long limit =
        scan.limit() == null ? Long.MAX_VALUE : RowWindow.of(scan.limit(), constants).end();
    List<ColumnPredicate> predicates = new ArrayList<>(builder.predicates(scan.predicates()));
    ranges = withFilters(ranges, predicates);
    if (ranges.isEmpty() || limit == 0) {
      return null;
    }
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

  /** The ranges, made narrower by what joins above hold; more predicates for the same reason. */
  private List<KeyRange> withFilters(List<KeyRange> ranges, List<ColumnPredicate> predicates) {
    List<KeyRange> narrowed = ranges;
    List<Integer> key = scan.table().schema().primaryKey();
    for (ProbeFilter filter : filters) {
      List<Object> values = filter.values();
      if (values == null) {
        continue;
      }
      if (values.isEmpty()) {
        return List.of();
      }
      boolean leads = !key.isEmpty() && key.get(0) == filter.column();
      if (leads && scan.keys().isEmpty() && isWorthSeeking(values.size())) {
        narrowed = values.stream().map(value -> new KeyRange(List.of(value), null, null)).toList();
      } else if (values.size() <= ProbeFilter.MAX_SKIPPING) {
        predicates.add(new ColumnPredicate(filter.column(), ComparisonOperator.EQUAL, values));
      }
    }
    return narrowed;
  }

  private boolean isWorthSeeking(int values) {
    return (double) values * ProbeFilter.SCANNED_PER_SEEK < context.estimates().table(scan).rows();
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
    ScanParts divided = parts;
    parts = null;
    if (divided != null) {
      note(divided.statistics());
      divided.close();
    }
    BatchSource open = source;
    source = null;
    if (open != null) {
      // Some sources add theirs up when asked, so they are asked at the end.
      note(open.statistics());
      open.close();
    }
  }

  private void note(ScanStatistics read) {
    ofCounted.add(read);
    context.statistics(scan).scan = ofCounted;
  }
}

package org.kalamdb.internal.storage.table;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.UserId;

/**
 * The rows of all users as those of one table: a scan of {@link TableDefinition#ofAllUsers()}. One
 * partition after the other is open, in the order of the users' ids; ranges of the primary key,
 * which begins with the user, leave out the others without a look at them.
 */
final class AllUsersSource implements BatchSource {
  private final ScanRequest request;
  private final int userColumn;
  private final List<Map.Entry<UserId, List<KeyRange>>> partitions;
  private final Function<ScanRequest, BatchSource> opener;
  private final BufferAllocator allocator;
  private final ScanStatistics closed = new ScanStatistics();
  private int next;
  private @Nullable BatchSource open;

  /**
   * @param users tells the users who have rows, each once or more
   * @param opener opens a partition
   */
  AllUsersSource(
      ScanRequest request,
      Consumer<Consumer<UserId>> users,
      Function<ScanRequest, BatchSource> opener,
      BufferAllocator allocator) {
    this.request = request;
    this.userColumn = request.table().schema().columns().size() - 1;
    this.partitions = partitions(request.ranges(), users);
    this.opener = opener;
    this.allocator = allocator;
    if (request.order() == ScanRequest.Order.DESCENDING) {
      Collections.reverse(partitions);
    }
  }

  /** What to read of whom, in order of the ids. */
  private static List<Map.Entry<UserId, List<KeyRange>>> partitions(
      List<KeyRange> ranges, Consumer<Consumer<UserId>> users) {
    Set<UserId> concerned = new HashSet<>();
    if (ranges.stream().allMatch(range -> !range.prefix().isEmpty())) {
      ranges.forEach(range -> addNamed(range, concerned));
    } else {
      users.accept(concerned::add);
    }
    List<UserId> sorted = new ArrayList<>(concerned);
    sorted.sort((a, b) -> Values.compare(a.value(), b.value(), DataType.TEXT));
    Map<UserId, List<KeyRange>> found = new LinkedHashMap<>();
    for (UserId user : sorted) {
      List<KeyRange> own = new ArrayList<>();
      for (KeyRange range : ranges) {
        KeyRange within = within(range, user.value());
        if (within != null) {
          own.add(within);
        }
      }
      if (!own.isEmpty()) {
        found.put(user, own);
      }
    }
    return new ArrayList<>(found.entrySet());
  }

  private static void addNamed(KeyRange range, Set<UserId> users) {
    String name = (String) range.prefix().get(0);
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > 0 && bytes <= UserId.MAX_BYTES) { // else nobody is called that
      users.add(new UserId(name));
    }
  }

  /** What a range of all rows is of the user's; null if nothing. */
  private static @Nullable KeyRange within(KeyRange range, String user) {
    if (!range.prefix().isEmpty()) {
      return user.equals(range.prefix().get(0))
          ? new KeyRange(
              range.prefix().subList(1, range.prefix().size()), range.lower(), range.upper())
          : null;
    }
    return isWithin(user, range.lower(), 1) && isWithin(user, range.upper(), -1)
        ? KeyRange.ALL
        : null;
  }

  private static boolean isWithin(String user, KeyRange.@Nullable Bound bound, int side) {
    if (bound == null) {
      return true;
    }
    int order = Values.compare(user, bound.value(), DataType.TEXT) * side;
    return order > 0 || (order == 0 && bound.inclusive());
  }

  @Override
  public @Nullable RecordBatch next() {
    while (true) {
      BatchSource current = open;
      if (current == null) {
        if (next == partitions.size()) {
          return null;
        }
        current = opener.apply(partition(partitions.get(next++)));
        open = current;
      }
      RecordBatch batch = current.next();
      if (batch != null) {
        return withUser(batch);
      }
      closePartition();
    }
  }

  private ScanRequest partition(Map.Entry<UserId, List<KeyRange>> partition) {
    List<Integer> columns = new ArrayList<>(request.columns());
    columns.removeIf(column -> column == userColumn);
    List<ColumnPredicate> predicates = new ArrayList<>(request.predicates());
    predicates.removeIf(predicate -> predicate.column() == userColumn);
    return new ScanRequest(
        request.table().stored(),
        partition.getKey(),
        columns,
        partition.getValue(),
        predicates,
        request.order(),
        request.includeDeleted(),
        request.limit(),
        request.afterSeq());
  }

  private RecordBatch withUser(RecordBatch batch) {
    if (!request.columns().contains(userColumn)) {
      return batch;
    }
    String user = partitions.get(next - 1).getKey().value();
    int[] positions = new int[request.columns().size()];
    List<DataType> types = new ArrayList<>();
    List<FieldVector> users = new ArrayList<>();
    int from = 0;
    try {
      for (int i = 0; i < positions.length; i++) {
        if (request.columns().get(i) == userColumn) {
          positions[i] = -1;
          types.add(DataType.TEXT);
          users.add(repeated(user, batch.rowCount()));
        } else {
          positions[i] = from;
          types.add(batch.types().get(from++));
        }
      }
    } catch (Throwable e) {
      users.forEach(FieldVector::close);
      batch.close();
      throw e;
    }
    return batch.rearrange(types, positions, users);
  }

  private FieldVector repeated(String user, int rows) {
    try (ColumnWriter out = new ColumnWriter(DataType.TEXT, allocator)) {
      out.begin(rows);
      for (int row = 0; row < rows; row++) {
        out.setObject(row, user);
      }
      return out.takeVector(rows);
    }
  }

  private void closePartition() {
    BatchSource current = Objects.requireNonNull(open);
    open = null;
    closed.add(current.statistics());
    current.close();
  }

  @Override
  public ScanStatistics statistics() {
    BatchSource current = open;
    if (current == null) {
      return closed;
    }
    ScanStatistics sum = new ScanStatistics();
    sum.add(closed);
    sum.add(current.statistics());
    return sum;
  }

  @Override
  public void close() {
    next = partitions.size();
    if (open != null) {
      closePartition();
    }
  }
}

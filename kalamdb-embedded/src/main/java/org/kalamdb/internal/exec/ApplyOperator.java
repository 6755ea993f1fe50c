package org.kalamdb.internal.exec;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * Runs the right plan once for each combination of values that the left rows give its outer
 * columns, and remembers what came out until that is more than {@value #REMEMBERED_ROWS} rows or
 * than its memory.
 *
 * <p>It knows no condition: the planner's passes have put that into the right plan.
 */
final class ApplyOperator implements Operator {
  private static final int REMEMBERED_ROWS = 1 << 16;

  /** What a combination takes beside its rows, about. */
  private static final long KEY_BYTES = 128;

  private final JoinType type;
  private final Apply apply;
  private final Operator left;
  private final ExecutionContext context;
  private final List<DataType> leftTypes;
  private final List<DataType> rightTypes;
  private final boolean volatileRight;
  private final MemoryBudget.Share memory;

  /** The right rows of the combinations in {@link #answers}, in runs. */
  private RowStore rightRows;

  private final Map<List<@Nullable Object>, Run> answers = new HashMap<>();

  private @Nullable RecordBatch probe;
  private ColumnView[] correlated = {};
  private int position;
  private int offered;
  private @Nullable Run run;

  private final int[] pairLeft = new int[RecordBatch.MAX_ROWS];
  private final int[] pairRight = new int[RecordBatch.MAX_ROWS];

  /** Rows {@code from} to {@code to - 1} of the store. */
  private record Run(int from, int to) {
    int size() {
      return to - from;
    }
  }

  ApplyOperator(Apply apply, Operator left, boolean volatileRight, ExecutionContext context) {
    this.type = apply.type();
    this.apply = apply;
    this.left = left;
    this.context = context;
    this.volatileRight = volatileRight;
    this.leftTypes = apply.left().columns().stream().map(PlanColumn::type).toList();
    this.rightTypes = apply.right().columns().stream().map(PlanColumn::type).toList();
    this.memory = context.memory().share();
    this.rightRows = new RowStore(context.allocator());
  }

  @Override
  public @Nullable RecordBatch next() {
    while (probe != null || nextProbe()) {
      context.cancel().check();
      RecordBatch batch = type.showsRight() ? nextPairs() : answered();
      if (batch != null) {
        return batch;
      }
    }
    return null;
  }

  private boolean nextProbe() {
    RecordBatch batch = left.next();
    if (batch == null) {
      return false;
    }
    probe = batch;
    correlated = new ColumnView[apply.correlations().size()];
    for (int i = 0; i < correlated.length; i++) {
      int column = apply.correlations().get(i).column().index();
      correlated[i] = ColumnView.of(batch.column(column), leftTypes.get(column));
    }
    position = 0;
    offered = 0;
    run = null;
    return true;
  }

  /** What the right plan gives for the left row. */
  private Run run(int row) {
    List<@Nullable Object> key = new ArrayList<>(correlated.length);
    for (ColumnView column : correlated) {
      Object value = column.getObject(row);
      key.add(value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value);
    }
    Run known = volatileRight ? null : answers.get(key);
    if (known != null) {
      return known;
    }
    for (int i = 0; i < correlated.length; i++) {
      context
          .evaluation()
          .setOuterValue(apply.correlations().get(i).id(), correlated[i].getObject(row));
    }
    int from = rightRows.rowCount();
    // Of the kinds that show no right column, one row tells all; of SINGLE two.
    int enough = type == JoinType.SINGLE ? 2 : type.showsRight() ? Integer.MAX_VALUE : 1;
    int shares = context.memory().shares();
    try (Operator right = PhysicalPlanner.plan(apply.right(), context)) {
      RecordBatch batch;
      while (rightRows.rowCount() - from < enough && (batch = right.next()) != null) {
        rightRows.add(batch);
      }
    } finally {
      context.memory().leaveShares(shares);
    }
    Run answer = new Run(from, rightRows.rowCount());
    if (type == JoinType.SINGLE && answer.size() > 1) {
      throw new KalamException(
          ErrorCode.CARDINALITY_VIOLATION,
          "more than one row returned by a subquery used as an expression");
    }
    answers.put(key, answer);
    return answer;
  }

  /** Between left rows nothing refers to the store. */
  private void forgetIfMuch() {
    if (isMuch()) {
      answers.clear();
      rightRows.close();
      rightRows = new RowStore(context.allocator());
      memory.close();
    }
  }

  private boolean isMuch() {
    return volatileRight
        || Math.max(rightRows.rowCount(), answers.size()) > REMEMBERED_ROWS
        || !memory.fits(rightRows.bytes() + KEY_BYTES * answers.size());
  }

  private @Nullable RecordBatch nextPairs() {
    RecordBatch batch = Objects.requireNonNull(probe);
    SelectionVector rows = batch.selection();
    boolean keepsLeft = type.keepsLeft();
    if (run == null) {
      forgetIfMuch();
    }
    int n = 0;
    while (position < rows.size() && n < RecordBatch.MAX_ROWS) {
      int row = rows.get(position);
      Run found = run;
      if (found == null) {
        if (n > 0 && isMuch()) {
          break;
        }
        found = run(row);
        run = found;
      }
      if (found.size() == 0 && keepsLeft) {
        pairLeft[n] = row;
        pairRight[n++] = RowStore.NO_ROW;
      }
      while (offered < found.size() && n < RecordBatch.MAX_ROWS) {
        pairLeft[n] = row;
        pairRight[n++] = rightRows.address(found.from() + offered++);
      }
      if (offered >= found.size()) {
        position++;
        offered = 0;
        run = null;
      }
    }
    RecordBatch made = n == 0 ? null : pairs(batch, n);
    if (position >= rows.size()) {
      probe = null;
      batch.close();
    }
    return made;
  }

  private RecordBatch pairs(RecordBatch batch, int n) {
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < leftTypes.size(); i++) {
        ColumnView source = ColumnView.of(batch.column(i), leftTypes.get(i));
        vectors.add(VectorCopier.copyRows(source, pairLeft, n, context.allocator()));
      }
      rightRows.gatherInto(vectors, rightTypes, pairRight, 0, n);
      List<DataType> types = new ArrayList<>(leftTypes);
      types.addAll(rightTypes);
      return new RecordBatch(types, vectors, n);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /** The whole batch, narrowed by whether a right row exists, or with a column that says so. */
  private @Nullable RecordBatch answered() {
    RecordBatch batch = Objects.requireNonNull(probe);
    SelectionVector rows = batch.selection();
    boolean[] exists = new boolean[batch.rowCount()];
    int[] chosen = new int[rows.size()];
    int n = 0;
    for (int i = 0; i < rows.size(); i++) {
      context.cancel().check();
      int row = rows.get(i);
      exists[row] = run(row).size() > 0;
      if (exists[row] == (type == JoinType.SEMI)) {
        chosen[n++] = row;
      }
      forgetIfMuch();
    }
    probe = null;
    if (!type.marks()) {
      batch.select(SelectionVector.of(Arrays.copyOf(chosen, n), n));
      return batch;
    }
    try (ColumnWriter out = new ColumnWriter(DataType.BOOLEAN, context.allocator())) {
      out.begin(exists.length);
      for (int row = 0; row < exists.length; row++) {
        out.setBoolean(row, exists[row]);
        out.setValid(row);
      }
      FieldVector mark = out.takeVector(exists.length);
      List<FieldVector> vectors = new ArrayList<>(batch.takeColumns());
      vectors.add(mark);
      List<DataType> types = new ArrayList<>(leftTypes);
      types.add(DataType.BOOLEAN);
      return new RecordBatch(types, vectors, exists.length, rows);
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  @Override
  public void close() {
    RecordBatch open = probe;
    probe = null;
    Closeables.closeAll(left, rightRows, open, memory);
  }
}

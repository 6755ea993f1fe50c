package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * Joins by holding the right side in a {@link JoinTable} and streaming the left one past it. For
 * each left batch it makes batches of candidate pairs, asks the residual condition about them, and
 * at the batch's end knows which left rows found a partner; after the last batch, which right rows
 * did.
 */
final class JoinOperator implements Operator {
  private final Shape shape;
  private final Operator left;
  private final Operator right;
  private final BufferAllocator allocator;
  private final CancelToken cancel;
  private final RowStore rightRows;
  private final JoinTable table;
  private final @Nullable BatchCondition residual;
  private final BitSet matchedRight = new BitSet();

  private final int[] pairLeft = new int[RecordBatch.MAX_ROWS];
  private final int[] pairRight = new int[RecordBatch.MAX_ROWS];
  private final int[] pairAddress = new int[RecordBatch.MAX_ROWS];

  private boolean built;
  private boolean leftDone;
  private int nextRight;

  private @Nullable RecordBatch probe;
  private ColumnView[] probeKeys = new ColumnView[0];
  private final long[] probeHashes = new long[RecordBatch.MAX_ROWS];
  private BitSet matchedLeft = new BitSet();
  private BitSet unknownLeft = new BitSet();
  private int position;
  private int partner = JoinTable.END;
  private boolean partnerFound;

  /**
   * What is joined.
   *
   * @param leftTypes of the left columns that are put out, the first of the left input
   * @param rightTypes likewise; the residual sees the left ones followed by these
   * @param leftKeys positions in the left input
   * @param rightKeys positions in the right input, each of the same type as its partner
   */
  record Shape(
      JoinType type,
      List<DataType> leftTypes,
      List<DataType> rightTypes,
      int[] leftKeys,
      int[] rightKeys) {
    List<DataType> pairTypes() {
      List<DataType> types = new ArrayList<>(leftTypes);
      types.addAll(rightTypes);
      return types;
    }
  }

  JoinOperator(
      Shape shape,
      Operator left,
      Operator right,
      @Nullable BatchCondition residual,
      ExecutionContext context) {
    this.shape = shape;
    this.left = left;
    this.right = right;
    this.residual = residual;
    this.allocator = context.allocator();
    this.cancel = context.cancel();
    this.rightRows = new RowStore(allocator);
    this.table = new JoinTable(rightRows, shape.rightKeys(), allocator);
  }

  @Override
  public @Nullable RecordBatch next() {
    if (!built) {
      build();
      built = true;
    }
    while (!leftDone) {
      if (probe == null && !nextProbe()) {
        leftDone = true;
        break;
      }
      cancel.check();
      int pairs = fillPairs();
      RecordBatch batch = pairs > 0 ? joined(pairs) : finishProbe();
      if (batch != null) {
        return batch;
      }
    }
    return shape.type().keepsRight() ? nextUnmatchedRight() : null;
  }

  private void build() {
    RecordBatch batch;
    while ((batch = right.next()) != null) {
      rightRows.add(batch);
    }
    right.close();
    table.build();
  }

  private boolean nextProbe() {
    boolean pointless =
        table.rowCount() == 0 && !shape.type().keepsLeft() && shape.type() != JoinType.ANTI;
    RecordBatch batch = pointless ? null : left.next();
    if (batch == null) {
      return false;
    }
    probe = batch;
    ColumnView[] views = RowStore.viewsOf(batch);
    probeKeys = new ColumnView[shape.leftKeys().length];
    for (int i = 0; i < probeKeys.length; i++) {
      probeKeys[i] = views[shape.leftKeys()[i]];
    }
    RowHasher.hash(probeKeys, batch.selection().viewRows(), batch.selection().size(), probeHashes);
    matchedLeft = new BitSet(batch.rowCount());
    unknownLeft = new BitSet();
    position = 0;
    partnerFound = false;
    return true;
  }

  /** Whether one partner of a left row is all there is to know. */
  private boolean firstPartnerSuffices() {
    JoinType type = shape.type();
    return type == JoinType.SEMI || type == JoinType.ANTI || type.marks();
  }

  /** Collects the next candidate pairs of the left batch; 0 when there are no more. */
  private int fillPairs() {
    RecordBatch batch = Objects.requireNonNull(probe);
    SelectionVector rows = batch.selection();
    boolean oneEach = firstPartnerSuffices();
    int n = 0;
    while (position < rows.size()) {
      int row = rows.get(position);
      if (!partnerFound) {
        partner = table.first(probeKeys, row, probeHashes[position]);
        partnerFound = true;
      }
      // A row that a former round has answered needs no further candidates.
      boolean answered = oneEach && matchedLeft.get(row);
      while (partner != JoinTable.END && !answered) {
        if (n == RecordBatch.MAX_ROWS) {
          return n;
        }
        pairLeft[n] = row;
        pairRight[n] = partner;
        pairAddress[n++] = table.address(partner);
        partner = table.next(partner, probeKeys, row);
        answered = oneEach && residual == null;
      }
      position++;
      partnerFound = false;
    }
    return n;
  }

  /**
   * Asks the residual about the pairs and puts out those that remain, if pairs are put out at all.
   */
  private @Nullable RecordBatch joined(int pairs) {
    if (residual == null && firstPartnerSuffices()) {
      for (int i = 0; i < pairs; i++) {
        matchedLeft.set(pairLeft[i]);
      }
      return null;
    }
    RecordBatch batch = pairBatch(pairs);
    try {
      if (residual != null) {
        if (shape.type() == JoinType.MARK) {
          noteUnknown(batch, pairs);
        }
        batch.select(residual.select(batch));
      }
      note(batch.selection());
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
    if (firstPartnerSuffices() || batch.selection().size() == 0) {
      batch.close();
      return null;
    }
    return batch;
  }

  private void noteUnknown(RecordBatch batch, int pairs) {
    SelectionVector unknown = Objects.requireNonNull(residual).selectNull(batch);
    for (int i = 0; i < unknown.size() && i < pairs; i++) {
      unknownLeft.set(pairLeft[unknown.get(i)]);
    }
  }

  private void note(SelectionVector kept) {
    boolean single = shape.type() == JoinType.SINGLE;
    for (int i = 0; i < kept.size(); i++) {
      int pair = kept.get(i);
      if (single && matchedLeft.get(pairLeft[pair])) {
        throw new KalamException(
            ErrorCode.CARDINALITY_VIOLATION,
            "more than one row returned by a subquery used as an expression");
      }
      matchedLeft.set(pairLeft[pair]);
      if (shape.type().keepsRight()) {
        matchedRight.set(pairRight[pair]);
      }
    }
  }

  private RecordBatch pairBatch(int pairs) {
    RecordBatch batch = Objects.requireNonNull(probe);
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < shape.leftTypes().size(); i++) {
        ColumnView source = ColumnView.of(batch.column(i), shape.leftTypes().get(i));
        vectors.add(VectorCopier.copyRows(source, pairLeft, pairs, allocator));
      }
      rightRows.gatherInto(vectors, shape.rightTypes(), pairAddress, 0, pairs);
      return new RecordBatch(shape.pairTypes(), vectors, pairs);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /** Ends the left batch: puts out what its rows' matches decide. */
  private @Nullable RecordBatch finishProbe() {
    RecordBatch batch = Objects.requireNonNull(probe);
    probe = null;
    try {
      return switch (shape.type()) {
        case INNER, RIGHT -> {
          batch.close();
          yield null;
        }
        case LEFT, FULL, SINGLE -> {
          try (batch) {
            yield withNullRight(batch, chosen(batch, false));
          }
        }
        case SEMI -> narrowed(batch, chosen(batch, true));
        case ANTI -> narrowed(batch, chosen(batch, false));
        case MARK, EXISTS -> marked(batch);
      };
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  /** The active rows that did, or did not, find a partner. */
  private SelectionVector chosen(RecordBatch batch, boolean matched) {
    SelectionVector rows = batch.selection();
    int[] chosen = new int[rows.size()];
    int n = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (matchedLeft.get(rows.get(i)) == matched) {
        chosen[n++] = rows.get(i);
      }
    }
    return SelectionVector.of(chosen, n);
  }

  private @Nullable RecordBatch withNullRight(RecordBatch batch, SelectionVector rows) {
    if (rows.size() == 0) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < shape.leftTypes().size(); i++) {
        ColumnView source = ColumnView.of(batch.column(i), shape.leftTypes().get(i));
        vectors.add(VectorCopier.copyRows(source, rows.viewRows(), rows.size(), allocator));
      }
      int[] none = new int[rows.size()];
      Arrays.fill(none, RowStore.NO_ROW);
      rightRows.gatherInto(vectors, shape.rightTypes(), none, 0, none.length);
      return new RecordBatch(shape.pairTypes(), vectors, rows.size());
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  private @Nullable RecordBatch narrowed(RecordBatch batch, SelectionVector rows) {
    if (rows.size() == 0) {
      batch.close();
      return null;
    }
    return shown(batch, rows, null, null);
  }

  private RecordBatch marked(RecordBatch batch) {
    boolean nullAnswers =
        shape.type() == JoinType.MARK
            && residual == null
            && shape.leftKeys().length > 0
            && table.rowCount() > 0;
    int rows = batch.rowCount();
    FieldVector mark;
    try (ColumnWriter out = new ColumnWriter(DataType.BOOLEAN, allocator)) {
      out.begin(rows);
      for (int row = 0; row < rows; row++) {
        boolean matched = matchedLeft.get(row);
        boolean unknown =
            !matched
                && (unknownLeft.get(row)
                    || (nullAnswers && (table.hasNullKey() || RowHasher.hasNull(probeKeys, row))));
        if (!unknown) {
          out.setBoolean(row, matched);
          out.setValid(row);
        }
      }
      mark = out.takeVector(rows);
    }
    return shown(batch, batch.selection(), DataType.BOOLEAN, mark);
  }

  /** The batch's own vectors, those of them that are put out, and perhaps one more. */
  private RecordBatch shown(
      RecordBatch batch,
      SelectionVector rows,
      @Nullable DataType furtherType,
      @Nullable FieldVector further) {
    int rowCount = batch.rowCount();
    int width = shape.leftTypes().size();
    List<FieldVector> taken = batch.takeColumns();
    List<FieldVector> vectors = new ArrayList<>(taken.subList(0, width));
    Closeables.closeAll(taken.subList(width, taken.size()));
    List<DataType> types = new ArrayList<>(shape.leftTypes());
    if (furtherType != null && further != null) {
      types.add(furtherType);
      vectors.add(further);
    }
    return new RecordBatch(types, vectors, rowCount, rows);
  }

  /** Right rows without a partner, with NULLs for the left side. */
  private @Nullable RecordBatch nextUnmatchedRight() {
    int n = 0;
    int row = matchedRight.nextClearBit(nextRight);
    while (row < rightRows.rowCount() && n < RecordBatch.MAX_ROWS) {
      pairAddress[n++] = rightRows.address(row);
      row = matchedRight.nextClearBit(row + 1);
    }
    nextRight = row;
    if (n == 0) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (DataType type : shape.leftTypes()) {
        try (ColumnWriter out = new ColumnWriter(type, allocator)) {
          out.begin(n);
          vectors.add(out.takeVector(n));
        }
      }
      rightRows.gatherInto(vectors, shape.rightTypes(), pairAddress, 0, n);
      return new RecordBatch(shape.pairTypes(), vectors, n);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  @Override
  public void close() {
    RecordBatch open = probe;
    probe = null;
    Closeables.closeAll(left, right, rightRows, table, residual, open);
  }
}

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
 * Streams left batches past a {@link JoinTable}. For each it makes batches of candidate pairs, asks
 * the residual condition about them, and at the batch's end knows which left rows found a partner.
 * Where no left row has more than one partner the left columns are handed on as they are. One
 * thread at a time.
 */
final class JoinProbe implements AutoCloseable {
  private final JoinShape shape;
  private final RowStore rightRows;
  private final JoinTable table;
  private final JoinFacts facts;
  private final @Nullable BatchCondition residual;
  private final BufferAllocator allocator;
  private final BitSet matchedRight = new BitSet();

  private final int[] pairLeft;
  private final int[] pairRight;
  private final int[] pairAddress;
  private final long[] hashes = new long[RecordBatch.MAX_ROWS];

  private @Nullable RecordBatch batch;
  private ColumnView[] keys = new ColumnView[0];
  private boolean nullKeys;
  private BitSet matchedLeft = new BitSet();
  private BitSet unknownLeft = new BitSet();
  private boolean more;
  private boolean last;
  private int position;
  private int partner = JoinTable.END;
  private boolean partnerFound;
  private boolean onePartnerEach;

  /**
   * @param rightRows those in the table; both stay the caller's, as does the residual
   */
  JoinProbe(
      JoinShape shape,
      RowStore rightRows,
      JoinTable table,
      JoinFacts facts,
      @Nullable BatchCondition residual,
      ExecutionContext context) {
    this.shape = shape;
    this.rightRows = rightRows;
    this.table = table;
    this.facts = facts;
    this.residual = residual;
    this.allocator = context.allocator();
    this.pairLeft = new int[context.batchRows()];
    this.pairRight = new int[pairLeft.length];
    this.pairAddress = new int[pairLeft.length];
  }

  /** Takes a left batch; {@link #next} follows until it returns null. */
  void begin(RecordBatch left) {
    begin(left, new BitSet(), new BitSet(), true);
  }

  /**
   * As {@link #begin(RecordBatch)}, where other right rows come before or after those of the table.
   *
   * @param matched left rows that have found a partner before; kept and added to
   * @param unknown left rows for which the residual was NULL before; kept and added to
   * @param lastRows whether no other right rows come after
   */
  void begin(RecordBatch left, BitSet matched, BitSet unknown, boolean lastRows) {
    batch = left;
    keys = keysOf(left);
    nullKeys = false;
    for (ColumnView key : keys) {
      nullKeys |= key.mayHaveNulls();
    }
    RowHasher.hash(keys, left.selection().viewRows(), left.selection().size(), hashes);
    matchedLeft = matched;
    unknownLeft = unknown;
    last = lastRows;
    position = 0;
    partnerFound = false;
    more = true;
  }

  /** The key columns of a left batch. */
  ColumnView[] keysOf(RecordBatch left) {
    ColumnView[] views = new ColumnView[shape.leftKeys().length];
    for (int i = 0; i < views.length; i++) {
      int column = shape.leftKeys()[i];
      views[i] = ColumnView.of(left.column(column), left.types().get(column));
    }
    return views;
  }

  /** The next rows of the output, which may hold none; null when the left batch is done with. */
  @Nullable RecordBatch next(CancelToken cancel) {
    while (more) {
      cancel.check();
      int pairs = fillPairs();
      if (pairs == 0) {
        more = false;
        return finish();
      }
      RecordBatch joined = joined(pairs);
      if (joined != null) {
        return joined;
      }
    }
    return null;
  }

  /** Collects the next candidate pairs of the left batch; 0 when there are no more. */
  private int fillPairs() {
    RecordBatch left = batch;
    if (left == null) {
      return 0; // It was handed on whole.
    }
    SelectionVector selection = left.selection();
    int[] rows = selection.viewRows();
    int size = selection.size();
    boolean oneEach = shape.firstPartnerSuffices();
    boolean hasKeys = keys.length > 0;
    onePartnerEach = position == 0 && !partnerFound;
    int n = 0;
    while (position < size) {
      int row = rows[position];
      long hash = hashes[position];
      if (!partnerFound) {
        partner =
            hasKeys && nullKeys && RowHasher.hasNull(keys, row)
                ? JoinTable.END
                : table.first(keys, row, hash);
        partnerFound = true;
      }
      // A row that a former round has answered needs no further candidates.
      boolean answered = oneEach && matchedLeft.get(row);
      while (partner != JoinTable.END && !answered) {
        if (n == pairLeft.length) {
          onePartnerEach = false;
          return n;
        }
        onePartnerEach &= n == 0 || pairLeft[n - 1] != row;
        if (!shape.showsHeld() || !matchedRight.get(partner)) {
          pairLeft[n] = row;
          pairRight[n] = partner;
          pairAddress[n++] = table.address(partner);
        }
        partner = table.next(partner, keys, row, hash);
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
    if (residual == null && shape.showsHeld()) {
      for (int i = 0; i < pairs; i++) {
        matchedRight.set(pairRight[i]);
      }
      return null;
    }
    if (residual == null && shape.firstPartnerSuffices()) {
      for (int i = 0; i < pairs; i++) {
        matchedLeft.set(pairLeft[i]);
      }
      return null;
    }
    if (onePartnerEach && shape.type() == JoinType.INNER) {
      return joinedInPlace(pairs, SelectionVector.of(Arrays.copyOf(pairLeft, pairs), pairs));
    }
    // Rows without a partner stay, with NULLs, unless rows that were joined before had one.
    boolean alone = last && residual == null && matchedLeft.isEmpty();
    if (onePartnerEach && shape.type() == JoinType.LEFT && alone) {
      return joinedInPlace(pairs, Objects.requireNonNull(batch).selection());
    }
    return pairsOf(pairs);
  }

  private @Nullable RecordBatch pairsOf(int pairs) {
    RecordBatch joined = pairBatch(pairs);
    try {
      if (residual != null) {
        if (shape.type() == JoinType.MARK) {
          noteUnknown(joined);
        }
        joined.select(residual.select(joined));
      }
      note(joined.selection());
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(joined));
      throw e;
    }
    if (shape.firstPartnerSuffices() || shape.showsHeld() || joined.selection().size() == 0) {
      joined.close();
      return null;
    }
    return joined;
  }

  /** The left batch itself, narrowed to some rows, with the columns of their partners beside it. */
  private RecordBatch joinedInPlace(int pairs, SelectionVector rows) {
    RecordBatch left = Objects.requireNonNull(batch);
    int rowCount = left.rowCount();
    List<FieldVector> added = new ArrayList<>();
    try {
      rightRows.gatherAt(added, shape.rightTypes(), pairLeft, pairAddress, pairs, rowCount);
    } catch (Throwable e) {
      Closeables.closeAfter(e, added);
      throw e;
    }
    batch = null;
    List<FieldVector> taken = left.takeColumns();
    int width = shape.leftTypes().size();
    List<FieldVector> vectors = new ArrayList<>(taken.subList(0, width));
    vectors.addAll(added);
    RecordBatch joined = new RecordBatch(shape.pairTypes(), vectors, rowCount, rows);
    try {
      Closeables.closeAll(taken.subList(width, taken.size()));
      if (residual != null) {
        joined.select(residual.select(joined));
      }
      return joined;
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(joined));
      throw e;
    }
  }

  private void noteUnknown(RecordBatch joined) {
    SelectionVector unknown = Objects.requireNonNull(residual).selectNull(joined);
    for (int i = 0; i < unknown.size(); i++) {
      unknownLeft.set(pairLeft[unknown.get(i)]);
    }
  }

  private void note(SelectionVector kept) {
    boolean single = shape.type() == JoinType.SINGLE;
    boolean right = shape.endsWithRight();
    for (int i = 0; i < kept.size(); i++) {
      int pair = kept.get(i);
      if (single && matchedLeft.get(pairLeft[pair])) {
        throw new KalamException(
            ErrorCode.CARDINALITY_VIOLATION,
            "more than one row returned by a subquery used as an expression");
      }
      matchedLeft.set(pairLeft[pair]);
      if (right) {
        matchedRight.set(pairRight[pair]);
      }
    }
  }

  private RecordBatch pairBatch(int pairs) {
    RecordBatch left = Objects.requireNonNull(batch);
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < shape.leftTypes().size(); i++) {
        ColumnView source = ColumnView.of(left.column(i), shape.leftTypes().get(i));
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
  private @Nullable RecordBatch finish() {
    RecordBatch left = batch;
    batch = null;
    if (left == null) {
      return null;
    }
    try {
      if (!last || shape.showsHeld()) {
        left.close();
        return null;
      }
      return switch (shape.type()) {
        case INNER, RIGHT -> {
          left.close();
          yield null;
        }
        case LEFT, FULL, SINGLE -> {
          try (left) {
            yield withNullRight(left, chosen(left, false));
          }
        }
        case SEMI -> narrowed(left, chosen(left, true));
        case ANTI -> narrowed(left, chosen(left, false));
        case MARK, EXISTS -> marked(left);
      };
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(left));
      throw e;
    }
  }

  /** The active rows that did, or did not, find a partner. */
  private SelectionVector chosen(RecordBatch left, boolean matched) {
    SelectionVector rows = left.selection();
    int[] chosen = new int[rows.size()];
    int n = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (matchedLeft.get(rows.get(i)) == matched) {
        chosen[n++] = rows.get(i);
      }
    }
    return SelectionVector.of(chosen, n);
  }

  private @Nullable RecordBatch withNullRight(RecordBatch left, SelectionVector rows) {
    if (rows.size() == 0) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < shape.leftTypes().size(); i++) {
        ColumnView source = ColumnView.of(left.column(i), shape.leftTypes().get(i));
        vectors.add(VectorCopier.copyRows(source, rows.viewRows(), rows.size(), allocator));
      }
      addNulls(vectors, shape.rightTypes(), rows.size());
      return new RecordBatch(shape.pairTypes(), vectors, rows.size());
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  private void addNulls(List<FieldVector> vectors, List<DataType> types, int n) {
    for (DataType type : types) {
      try (ColumnWriter out = new ColumnWriter(type, allocator)) {
        out.begin(n);
        vectors.add(out.takeVector(n));
      }
    }
  }

  private @Nullable RecordBatch narrowed(RecordBatch left, SelectionVector rows) {
    if (rows.size() == 0) {
      left.close();
      return null;
    }
    return shown(left, rows, null, null);
  }

  private RecordBatch marked(RecordBatch left) {
    boolean nullAnswers =
        shape.type() == JoinType.MARK
            && residual == null
            && shape.leftKeys().length > 0
            && facts.hasRows();
    int rows = left.rowCount();
    FieldVector mark;
    try (ColumnWriter out = new ColumnWriter(DataType.BOOLEAN, allocator)) {
      out.begin(rows);
      for (int row = 0; row < rows; row++) {
        boolean matched = matchedLeft.get(row);
        boolean unknown =
            !matched
                && (unknownLeft.get(row)
                    || (nullAnswers && (facts.hasNullKey() || RowHasher.hasNull(keys, row))));
        if (!unknown) {
          out.setBoolean(row, matched);
          out.setValid(row);
        }
      }
      mark = out.takeVector(rows);
    }
    return shown(left, left.selection(), DataType.BOOLEAN, mark);
  }

  /** The batch's own vectors, those of them that are put out, and perhaps one more. */
  private RecordBatch shown(
      RecordBatch left,
      SelectionVector rows,
      @Nullable DataType furtherType,
      @Nullable FieldVector further) {
    int rowCount = left.rowCount();
    int width = shape.leftTypes().size();
    List<FieldVector> taken = left.takeColumns();
    List<FieldVector> vectors = new ArrayList<>(taken.subList(0, width));
    Closeables.closeAll(taken.subList(width, taken.size()));
    List<DataType> types = new ArrayList<>(shape.leftTypes());
    if (furtherType != null && further != null) {
      types.add(furtherType);
      vectors.add(further);
    }
    return new RecordBatch(types, vectors, rowCount, rows);
  }

  /** The right rows of the table, by number, that have found a partner. */
  BitSet matchedRight() {
    return matchedRight;
  }

  /**
   * A batch of right rows, from number {@code from} on, that have found no partner; of those that
   * have found one where these are shown.
   */
  Unmatched unmatchedRight(int from) {
    boolean matched = shape.type() == JoinType.SEMI;
    int n = 0;
    int row = nextRight(from, matched);
    while (row < rightRows.rowCount() && n < pairAddress.length) {
      pairAddress[n++] = rightRows.address(row);
      row = nextRight(row + 1, matched);
    }
    if (n == 0) {
      return new Unmatched(null, row);
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      if (!shape.showsHeld()) {
        addNulls(vectors, shape.leftTypes(), n);
      }
      rightRows.gatherInto(vectors, shape.rightTypes(), pairAddress, 0, n);
      List<DataType> types = shape.showsHeld() ? shape.rightTypes() : shape.pairTypes();
      return new Unmatched(new RecordBatch(types, vectors, n), row);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  private int nextRight(int from, boolean matched) {
    int row = matched ? matchedRight.nextSetBit(from) : matchedRight.nextClearBit(from);
    return row < 0 ? rightRows.rowCount() : row;
  }

  /** Right rows with NULLs for the left side, and where the next ones begin. */
  record Unmatched(@Nullable RecordBatch batch, int next) {}

  @Override
  public void close() {
    RecordBatch open = batch;
    batch = null;
    if (open != null) {
      open.close();
    }
  }
}

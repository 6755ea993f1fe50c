package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.cold.SegmentFooter.Group;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.DictionaryCodes;
import org.kalamdb.internal.vector.LazyColumn;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.roaringbitmap.RoaringBitmap;

/**
 * Scans one segment: exactly the rows of the request's key ranges that are not superseded (and not
 * deleted, unless asked for), without pages in which the predicates cannot hold, in key order up or
 * down. Opened by {@link SegmentStore#scan}; one thread at a time.
 *
 * <p>What decides about rows, the superseded bitmap and {@code _deleted}, is looked at first;
 * columns are decoded when somebody looks at them, so only for batches in which a filter leaves
 * rows, and before the reader goes on if a batch is still open then.
 */
public final class SegmentReader implements BatchSource {
  /**
   * Rows of a page as it is written: a batch of a whole page takes its columns without a copy. A
   * batch that has so many rows from several pages ends.
   */
  private static final int ENOUGH_ROWS = RecordBatch.MAX_ROWS / 2;

  /** Pages of scans that read more rows than this, and of no first few, are not kept. */
  private static final int FEW_ROWS = 2 * RecordBatch.MAX_ROWS;

  private final ScanRequest request;
  private final SegmentFooter footer;
  private final ReadableFile file;
  private final @Nullable RoaringBitmap superseded;
  private final ColumnDefaults defaults;
  private final BufferAllocator allocator;
  private final ScanStatistics statistics;
  private final PageReader pages;
  private final LeafCursor[] cursors;
  private final LeafBuffer[] collected;
  private final boolean descending;
  private final RowRanges rows;

  /** Where the next batch begins: a range, and a row in it (an exclusive end when descending). */
  private int range;

  private long position;

  /** Rows of the batch being built, ascending, within one row group. */
  private final List<long[]> pieces = new ArrayList<>();

  private final List<DataType> types;

  /** Of leaves with a dictionary, that of the group beside it. */
  private final @Nullable FieldVector[] dictionaries;

  private final int[] dictionaryGroups;

  /** The columns of the last batch. */
  private final List<PendingColumn> lent = new ArrayList<>();

  /** Takes the file over and closes it. */
  SegmentReader(
      ScanRequest request,
      SegmentStore.Part part,
      SegmentFooter footer,
      ReadableFile file,
      @Nullable RoaringBitmap superseded,
      ColumnDefaults defaults,
      PageCache cache,
      BufferAllocator allocator,
      ScanStatistics statistics) {
    this.request = request;
    this.footer = footer;
    this.file = file;
    this.superseded = superseded;
    this.defaults = defaults;
    this.allocator = allocator;
    this.statistics = statistics;
    this.pages = new PageReader(file, statistics);
    int leaves = footer.layout.leaves().size();
    this.cursors = new LeafCursor[leaves];
    this.collected = new LeafBuffer[leaves];
    this.dictionaries = new FieldVector[leaves];
    this.dictionaryGroups = new int[leaves];
    for (int i = 0; i < leaves; i++) {
      Leaf leaf = footer.layout.leaves().get(i);
      cursors[i] = new LeafCursor(pages, footer, i, cache);
      collected[i] = new LeafBuffer(leaf, footer.layout.columns().get(leaf.column()).type());
    }
    this.types = request.columns().stream().map(this::typeOf).toList();
    this.descending = request.order() == ScanRequest.Order.DESCENDING;
    try {
      // What is left out of a segment is counted with its first part.
      ScanStatistics counted = part.isFirst() ? statistics : new ScanStatistics();
      this.rows =
          new SegmentPruning(footer, request, part, cursors, counted).rowsToRead(neededLeaves());
    } catch (IOException | RuntimeException e) {
      close();
      throw Damage.wrap(footer.entry.file(), request.table(), e);
    }
    if (request.limit() > RecordBatch.MAX_ROWS && rows.rows() > FEW_ROWS) {
      for (LeafCursor cursor : cursors) {
        cursor.scan();
      }
    }
    this.range = descending ? rows.size() - 1 : 0;
    enterRange();
  }

  private boolean[] neededLeaves() {
    boolean[] needed = new boolean[cursors.length];
    for (int column : request.columns()) {
      int position = positionOf(column);
      if (position >= 0) {
        int first = footer.layout.firstLeaf(position);
        for (int i = 0; i < footer.layout.leafCount(position); i++) {
          needed[first + i] = true;
        }
      }
    }
    needed[deletedLeaf()] |= checksDeleted();
    return needed;
  }

  private boolean checksDeleted() {
    return !request.includeDeleted() && footer.entry.tombstones() > 0;
  }

  private int deletedLeaf() {
    return footer.layout.firstLeaf(footer.layout.seqColumn() + 1);
  }

  /** Position in the layout of a column of the request, or -1 if the file does not have it. */
  private int positionOf(int column) {
    if (column >= 0) {
      return footer.layout.columnWithId(request.table().schema().column(column).id());
    }
    return switch (SystemColumn.ofScanNumber(column)) {
      case SEQ -> footer.layout.seqColumn();
      case DELETED -> footer.layout.seqColumn() + 1;
      case SEGMENT, SEGMENT_ROW -> -1;
    };
  }

  private DataType typeOf(int column) {
    return column >= 0
        ? request.table().schema().column(column).type()
        : SystemColumn.ofScanNumber(column).type();
  }

  private void enterRange() {
    if (range >= 0 && range < rows.size()) {
      position = descending ? rows.to(range) : rows.from(range);
    }
  }

  @Override
  public @Nullable RecordBatch next() {
    try {
      detachLent();
      while (range >= 0 && range < rows.size()) {
        Group group = footer.groupOf(descending ? position - 1 : position);
        int count = takePieces(group);
        @Nullable SelectionVector selection = select(group, count);
        if (selection.size() > 0) {
          statistics.coldRows += selection.size();
          return build(group, count, selection);
        }
      }
      return null;
    } catch (IOException | RuntimeException e) {
      throw Damage.wrap(footer.entry.file(), request.table(), e);
    }
  }

  /** All of them, unless some may be deleted. */
  @Override
  public long skipKnown() {
    if (checksDeleted()) {
      return 0;
    }
    long all = rows.rows();
    long gone = 0;
    for (int i = 0; superseded != null && i < rows.size(); i++) {
      gone += superseded.rangeCardinality(rows.from(i), rows.to(i));
    }
    range = descending ? -1 : rows.size();
    statistics.supersededRows += gone;
    statistics.coldRows += all - gone;
    return all - gone;
  }

  /** Takes rows of the group from the ranges until the batch is full; returns how many. */
  private int takePieces(Group group) {
    pieces.clear();
    int count = 0;
    long groupEnd = group.firstRow() + group.rows();
    while (range >= 0 && range < rows.size() && count < RecordBatch.MAX_ROWS) {
      if (descending ? position <= group.firstRow() : position >= groupEnd) {
        break;
      }
      int room = RecordBatch.MAX_ROWS - count;
      long from;
      long to;
      if (descending) {
        to = position;
        from = Math.max(Math.max(rows.from(range), group.firstRow()), pageStart(group, to, room));
        position = from;
      } else {
        from = position;
        to = Math.min(Math.min(rows.to(range), groupEnd), pageEnd(group, from, room));
        position = to;
      }
      pieces.add(descending ? 0 : pieces.size(), new long[] {from, to});
      count += (int) (to - from);
      if (position == (descending ? rows.from(range) : rows.to(range))) {
        range += descending ? -1 : 1;
        enterRange();
      }
      if (count >= ENOUGH_ROWS) {
        break;
      }
    }
    return count;
  }

  /** Pieces end where pages do. */
  private static long pageEnd(Group group, long from, int room) {
    long inGroup = from - group.firstRow();
    long border = (inGroup / ENOUGH_ROWS + 1) * ENOUGH_ROWS;
    return group.firstRow() + Math.min(border, inGroup + room);
  }

  private static long pageStart(Group group, long to, int room) {
    long inGroup = to - group.firstRow();
    long border = (inGroup - 1) / ENOUGH_ROWS * ENOUGH_ROWS;
    return group.firstRow() + Math.max(border, inGroup - room);
  }

  /** Positions of the batch whose rows count. */
  private SelectionVector select(Group group, int count) throws IOException {
    LeafBuffer deleted = checksDeleted() ? collect(group, deletedLeaf(), count) : null;
    if (deleted == null && !isTouchedBySuperseded()) {
      return SelectionVector.all(count);
    }
    int[] selected = new int[count];
    int size = 0;
    int at = 0;
    for (long[] piece : pieces) {
      for (long row = piece[0]; row < piece[1]; row++, at++) {
        if (superseded != null && superseded.contains((int) row)) {
          statistics.supersededRows++;
        } else if (deleted == null || deleted.longs[at] == 0) {
          selected[size++] = at;
        }
      }
    }
    if (descending) {
      for (int i = 0, j = size - 1; i <= j; i++, j--) {
        int swapped = count - 1 - selected[i];
        selected[i] = count - 1 - selected[j];
        selected[j] = swapped;
      }
    }
    return SelectionVector.of(selected, size);
  }

  private boolean isTouchedBySuperseded() {
    return superseded != null
        && superseded.intersects(pieces.get(0)[0], pieces.get(pieces.size() - 1)[1]);
  }

  /**
   * The rows of the pieces, one after another, texts perhaps as a dictionary's numbers; lent until
   * the next batch.
   */
  private LeafBuffer collect(Group group, int leaf, int count) throws IOException {
    if (pieces.size() == 1) {
      int from = (int) (pieces.get(0)[0] - group.firstRow());
      LeafBuffer page = cursors[leaf].viewCodedPageOf(group, from);
      if (cursors[leaf].pageFirst() == from && page.rows == count) {
        return page;
      }
    }
    LeafBuffer out = collected[leaf];
    out.clear();
    for (long[] piece : pieces) {
      cursors[leaf].copyRows(
          group, (int) (piece[0] - group.firstRow()), (int) (piece[1] - group.firstRow()), out);
    }
    return out;
  }

  private RecordBatch build(Group group, int count, SelectionVector selection) {
    for (int column : request.columns()) {
      lent.add(new PendingColumn(group, column, count));
    }
    return RecordBatch.ofLazy(types, lent, count, selection);
  }

  /** Columns of the last batch that somebody may still want are read before their pages go. */
  private void detachLent() {
    lent.forEach(LazyColumn::detach);
    lent.clear();
  }

  /** A column of the last batch. */
  private final class PendingColumn extends LazyColumn {
    private final Group group;
    private final int column;
    private final int count;

    PendingColumn(Group group, int column, int count) {
      this.group = group;
      this.column = column;
      this.count = count;
    }

    @Override
    protected FieldVector read() {
      try {
        return buildColumn(group, column, count);
      } catch (IOException | RuntimeException e) {
        throw Damage.wrap(footer.entry.file(), request.table(), e);
      }
    }

    @Override
    protected @Nullable DictionaryCodes readCodes() {
      int position = positionOf(column);
      int leaf = position < 0 ? -1 : footer.layout.firstLeaf(position);
      if (descending
          || position < 0
          || footer.layout.leafCount(position) > 1
          || !group.chunks().get(leaf).isNumberedText()) {
        return null;
      }
      try {
        LeafBuffer rows = collect(group, leaf, count);
        LeafBuffer dictionary = rows.dictionary;
        return dictionary == null
            ? null
            : new DictionaryCodes(
                new DictionaryName(footer.entry.file(), group.number(), leaf),
                dictionary.rows,
                rows.codes,
                () -> dictionaryValues(group, position, typeOf(column), dictionary));
      } catch (IOException | RuntimeException e) {
        throw Damage.wrap(footer.entry.file(), request.table(), e);
      }
    }
  }

  /** The dictionary of a chunk as a vector of today's type, kept while it is the one in use. */
  private ColumnView dictionaryValues(
      Group group, int position, DataType type, LeafBuffer dictionary) {
    int leaf = footer.layout.firstLeaf(position);
    FieldVector known = dictionaries[leaf];
    if (known == null || dictionaryGroups[leaf] != group.number()) {
      if (known != null) {
        dictionaries[leaf] = null;
        known.close();
      }
      ColumnSchema stored = footer.layout.columns().get(position);
      known = VectorBuilder.buildDictionary(stored, type, dictionary, allocator);
      dictionaries[leaf] = known;
      dictionaryGroups[leaf] = group.number();
    }
    return ColumnView.of(known, type);
  }

  /** One dictionary has one name, whichever part of the segment it is met in. */
  private record DictionaryName(String file, int group, int leaf) {}

  private FieldVector buildColumn(Group group, int column, int count) throws IOException {
    int position = positionOf(column);
    if (position >= 0) {
      LeafBuffer[] members = new LeafBuffer[footer.layout.leafCount(position)];
      for (int i = 0; i < members.length; i++) {
        members[i] = collect(group, footer.layout.firstLeaf(position) + i, count);
      }
      ColumnSchema stored = footer.layout.columns().get(position);
      DataType type = column >= 0 ? request.table().schema().column(column).type() : stored.type();
      return VectorBuilder.build(
          stored.name(), stored.type(), type, members, count, descending, allocator);
    }
    if (column >= 0) {
      ColumnSchema missing = request.table().schema().column(column);
      return VectorBuilder.constant(
          missing.name(),
          missing.type(),
          defaults.valueOf(request.table(), missing),
          count,
          allocator);
    }
    SystemColumn system = SystemColumn.ofScanNumber(column);
    BigIntVector vector = new BigIntVector(system.columnName(), allocator);
    try {
      vector.allocateNew(count);
      int at = 0;
      for (long[] piece : pieces) {
        for (long row = piece[0]; row < piece[1]; row++, at++) {
          vector.set(
              descending ? count - 1 - at : at,
              system == SystemColumn.SEGMENT ? footer.entry.number() : row);
        }
      }
      vector.setValueCount(count);
      return vector;
    } catch (RuntimeException | Error e) {
      vector.close();
      throw e;
    }
  }

  @Override
  public ScanStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    try {
      detachLent();
      for (FieldVector dictionary : dictionaries) {
        if (dictionary != null) {
          dictionary.close();
        }
      }
      Arrays.fill(dictionaries, null);
      pages.close();
    } finally {
      file.close();
    }
  }
}

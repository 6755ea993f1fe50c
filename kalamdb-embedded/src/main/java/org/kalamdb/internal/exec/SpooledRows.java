package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * Some columns of rows in a temporary file, numbered from 0, of which {@link Cursor}s hold one page
 * each. All rows are added before the first is read.
 */
final class SpooledRows implements AutoCloseable {
  private final List<DataType> types;
  private final ExecutionContext context;
  private final SpillFile file;
  private final List<Cursor> cursors = new ArrayList<>();

  /** The first row of each page and where in the file it begins. */
  private long[] firstRows = new long[16];

  private long[] positions = new long[16];
  private int pages;
  private @Nullable Cursor reading;

  SpooledRows(List<DataType> types, ExecutionContext context) {
    this.types = types;
    this.context = context;
    this.file = context.spill().create();
  }

  /** Adds the rows of the batch, which stays the caller's, as one page. */
  void add(RecordBatch page) {
    if (pages == positions.length) {
      firstRows = Arrays.copyOf(firstRows, 2 * pages);
      positions = Arrays.copyOf(positions, 2 * pages);
    }
    firstRows[pages] = file.rowCount();
    positions[pages++] = file.bytes();
    file.write(page, context.allocator());
  }

  /** Ends adding: no buffer for writing is held any longer. */
  void finish() {
    file.finish();
  }

  long rowCount() {
    return file.rowCount();
  }

  /**
   * Some columns of the rows from the given one to the end of its page, which the caller closes.
   */
  RecordBatch read(long row, List<Integer> columns) {
    Cursor cursor = reading;
    if (cursor == null) {
      cursor = cursor();
      reading = cursor;
    }
    cursor.seek(row);
    int n = cursor.left();
    int[] rows = new int[n];
    for (int i = 0; i < n; i++) {
      rows[i] = cursor.at() + i;
    }
    List<FieldVector> vectors = new ArrayList<>(columns.size());
    List<DataType> chosen = new ArrayList<>(columns.size());
    try {
      for (int column : columns) {
        chosen.add(types.get(column));
        vectors.add(VectorCopier.copyRows(cursor.view(column), rows, n, context.allocator()));
      }
      return new RecordBatch(chosen, vectors, n);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    } finally {
      cursor.forget(); // readers at other places come in between
    }
  }

  /** Page by page; the caller closes it. */
  Operator read() {
    return file.read(types, context.allocator());
  }

  /** A new place among the rows, closed with them. */
  Cursor cursor() {
    Cursor cursor = new Cursor();
    cursors.add(cursor);
    return cursor;
  }

  /** One row at a time, in any order; best where the next is near the last. */
  final class Cursor implements AutoCloseable {
    private final SpillFile.Pages reader = file.pages(types, context.allocator());
    private @Nullable RecordBatch page;
    private ColumnView[] views = {};
    private long first;
    private long end;
    private int at;

    private Cursor() {}

    /** Goes to a row. */
    Cursor seek(long row) {
      if (row < first || row >= end) {
        load(row);
      }
      at = (int) (row - first);
      return this;
    }

    private void load(long row) {
      context.cancel().check();
      forget();
      int found = Arrays.binarySearch(firstRows, 0, pages, row);
      int number = found >= 0 ? found : -found - 2;
      RecordBatch read = reader.read(positions[number]);
      page = read;
      views = RowStore.viewsOf(read);
      first = firstRows[number];
      end = first + read.rowCount();
    }

    /** The row's number in its page, for the views. */
    int at() {
      return at;
    }

    /** How many rows from this one on are in the page. */
    int left() {
      return (int) (end - first) - at;
    }

    ColumnView view(int column) {
      return views[column];
    }

    /** Some columns of the page. */
    ColumnView[] views(int[] columns) {
      ColumnView[] chosen = new ColumnView[columns.length];
      for (int i = 0; i < chosen.length; i++) {
        chosen[i] = views[columns[i]];
      }
      return chosen;
    }

    private void forget() {
      RecordBatch old = page;
      page = null;
      views = new ColumnView[0];
      first = 0;
      end = 0;
      if (old != null) {
        old.close();
      }
    }

    @Override
    public void close() {
      try {
        forget();
      } finally {
        reader.close();
      }
    }
  }

  @Override
  public void close() {
    List<AutoCloseable> owned = new ArrayList<>(cursors);
    owned.add(file);
    cursors.clear();
    Closeables.closeAll(owned);
  }
}

package org.kalamdb.internal.storage.row;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * Turns stored rows into batches. Rows are copied into a small staging area as they are lent; when
 * it is full, or rows of another schema version come, each column is decoded for all staged rows in
 * one loop, straight into its Arrow vector. Reusable batch after batch; not thread-safe.
 */
public final class RowBatchBuilder implements AutoCloseable {
  /** Staged bytes at which columns are decoded; about what the processor's second cache holds. */
  private static final int STAGING_BYTES = 256 << 10;

  /** Bytes of rows after which a batch is full, however few they are. */
  private static final long MAX_BATCH_BYTES = 16L << 20;

  private final RowProjection projection;
  private final BufferAllocator allocator;
  private final int maxRows;

  private byte[] staging;
  private final int[] starts;
  private final int[] ends;
  private int staged;
  private int stagedBytes;
  private RowProjection.@Nullable Version stagedVersion;

  private @Nullable List<ColumnFiller> fillers;
  private int decoded;
  private long batchBytes;

  public RowBatchBuilder(RowProjection projection, BufferAllocator allocator) {
    this(projection, allocator, RecordBatch.MAX_ROWS);
  }

  /** Batches of at most {@code maxRows} rows; vectors are no larger than they must be. */
  public RowBatchBuilder(RowProjection projection, BufferAllocator allocator, int maxRows) {
    if (maxRows < 1 || maxRows > RecordBatch.MAX_ROWS) {
      throw new IllegalArgumentException("A batch has 1 to 4096 rows: " + maxRows);
    }
    this.projection = projection;
    this.allocator = allocator;
    this.maxRows = maxRows;
    // A read of a few rows should not pay for many.
    this.staging = new byte[Math.min(16 << 10, 512 + maxRows * 64)];
    this.starts = new int[maxRows];
    this.ends = new int[maxRows];
  }

  /** Rows appended since the last batch was taken. */
  public int rowCount() {
    return decoded + staged;
  }

  /** True when a batch must be taken before the next row. */
  public boolean isFull() {
    return rowCount() == maxRows || batchBytes >= MAX_BATCH_BYTES;
  }

  /** Appends the row in the first {@code length} bytes, which may change afterwards. */
  public void append(byte[] row, int length) {
    if (rowCount() == maxRows) {
      throw new IllegalStateException("The batch is full");
    }
    RowProjection.Version version = projection.versionOf(row, 0, length);
    version.codec.layout().check(row, 0, length);
    if (staged > 0 && (version != stagedVersion || stagedBytes + length > STAGING_BYTES)) {
      decodeStaged(maxRows);
    }
    if (staging.length - stagedBytes < length) {
      staging = Arrays.copyOf(staging, Math.max(staging.length * 2, stagedBytes + length));
    }
    System.arraycopy(row, 0, staging, stagedBytes, length);
    stagedVersion = version;
    starts[staged] = stagedBytes;
    stagedBytes += length;
    ends[staged++] = stagedBytes;
    batchBytes += length;
  }

  /** The rows appended so far, which the caller closes; possibly none. */
  public RecordBatch takeBatch() {
    decodeStaged(Math.max(staged, 1));
    List<ColumnFiller> filled = Objects.requireNonNull(fillers);
    List<FieldVector> vectors = new ArrayList<>(filled.size());
    for (ColumnFiller filler : filled) {
      vectors.add(filler.finish(decoded));
    }
    RecordBatch batch = new RecordBatch(projection.types(), vectors, decoded);
    fillers = null;
    decoded = 0;
    batchBytes = 0;
    return batch;
  }

  private void decodeStaged(int capacity) {
    List<ColumnFiller> into = fillers;
    if (into == null) {
      into = createFillers(capacity);
      fillers = into;
    }
    RowProjection.Version version = stagedVersion;
    if (staged > 0 && version != null) {
      for (int i = 0; i < into.size(); i++) {
        decodeColumn(into.get(i), i, version);
      }
    }
    decoded += staged;
    staged = 0;
    stagedBytes = 0;
    if (staging.length > 2 * STAGING_BYTES) {
      staging = new byte[STAGING_BYTES];
    }
  }

  private void decodeColumn(ColumnFiller filler, int output, RowProjection.Version version) {
    int column = projection.columns().get(output);
    if (column < 0) {
      switch (SystemColumn.ofScanNumber(column)) {
        case SEQ -> filler.fillSeq(decoded, staging, starts, staged);
        case DELETED -> filler.fillDeleted(decoded, staging, starts, staged);
        case SEGMENT, SEGMENT_ROW -> filler.fillZero(decoded, staged);
      }
    } else if (version.sources[output] >= 0) {
      filler.fill(
          decoded, version.codec.layout(), version.sources[output], staging, starts, ends, staged);
    } else {
      RowProjection.Constant constant = version.constant(output);
      int[] lengths = new int[staged];
      Arrays.fill(lengths, constant.row.length);
      filler.fill(decoded, constant.layout, 0, constant.row, new int[staged], lengths, staged);
    }
  }

  private List<ColumnFiller> createFillers(int capacity) {
    List<ColumnFiller> created = new ArrayList<>();
    try {
      List<DataType> types = projection.types();
      for (int i = 0; i < types.size(); i++) {
        created.add(new ColumnFiller(types.get(i), capacity, allocator));
      }
    } catch (RuntimeException | Error e) {
      created.forEach(ColumnFiller::close);
      throw e;
    }
    return created;
  }

  @Override
  public void close() {
    List<ColumnFiller> left = fillers;
    fillers = null;
    if (left != null) {
      left.forEach(ColumnFiller::close);
    }
  }
}

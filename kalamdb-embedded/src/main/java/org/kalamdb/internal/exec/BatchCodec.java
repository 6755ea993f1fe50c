package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/**
 * Batches as bytes of a temporary file: the vectors' buffers as they are in memory, in the byte
 * order of the machine. One thread at a time.
 *
 * <pre>
 * batch    rows: int, bytes of values of each column of variable length: int, column*
 * column   validity bits: (rows + 7) / 8, then
 *            of fixed width: rows * width, or bits if BOOLEAN
 *            of variable length: (rows + 1) offsets: int, bytes of values
 *            of unknown type: nothing, not even validity
 * </pre>
 */
final class BatchCodec {
  private static final int STAGING_BYTES = 32 << 10;

  private byte[] staging = {};

  /** A batch that was read and where the next one begins. */
  record Decoded(RecordBatch batch, long end) {}

  /** Writes the active rows. */
  void write(RecordBatch batch, WritableFile out, BufferAllocator allocator) {
    if (batch.selection().size() == batch.rowCount()) {
      writeDense(batch, out);
      return;
    }
    try (RecordBatch dense = VectorCopier.copyBatch(batch, allocator)) {
      writeDense(dense, out);
    }
  }

  private void writeDense(RecordBatch batch, WritableFile out) {
    int rows = batch.rowCount();
    writeInt(out, rows);
    for (int i = 0; i < batch.columnCount(); i++) {
      if (batch.column(i) instanceof BaseVariableWidthVector text) {
        writeInt(out, endOffset(text, rows));
      }
    }
    for (int i = 0; i < batch.columnCount(); i++) {
      FieldVector vector = batch.column(i);
      if (vector instanceof NullVector) {
        continue;
      }
      writeMemory(out, vector.getValidityBufferAddress(), bits(rows));
      if (vector instanceof BaseVariableWidthVector text) {
        writeMemory(out, text.getOffsetBufferAddress(), 4L * (rows + 1));
        writeMemory(out, text.getDataBufferAddress(), endOffset(text, rows));
      } else {
        writeMemory(out, vector.getDataBufferAddress(), fixedBytes(batch.types().get(i), rows));
      }
    }
  }

  private static int bits(int rows) {
    return (rows + 7) >> 3;
  }

  private static long fixedBytes(DataType type, int rows) {
    return type.kind() == DataType.Kind.BOOLEAN
        ? bits(rows)
        : (long) rows * VectorTypes.width(type);
  }

  private static int endOffset(BaseVariableWidthVector vector, int rows) {
    return MemoryUtil.getInt(vector.getOffsetBufferAddress() + 4L * rows);
  }

  private byte[] staging() {
    if (staging.length == 0) {
      staging = new byte[STAGING_BYTES];
    }
    return staging;
  }

  private void writeInt(WritableFile out, int value) {
    byte[] bytes = staging();
    for (int i = 0; i < 4; i++) {
      bytes[i] = (byte) (value >>> 8 * i);
    }
    out.write(bytes, 0, 4);
  }

  private void writeMemory(WritableFile out, long address, long length) {
    byte[] bytes = staging();
    for (long done = 0; done < length; ) {
      int part = (int) Math.min(bytes.length, length - done);
      MemoryUtil.copyFromMemory(address + done, bytes, 0, part);
      out.write(bytes, 0, part);
      done += part;
    }
  }

  /** Reads the batch that begins at the position; the caller closes it. */
  Decoded read(ReadableFile in, long position, List<DataType> types, BufferAllocator allocator) {
    int rows = readInt(in, position);
    long[] at = {position + 4};
    List<FieldVector> vectors = new ArrayList<>(types.size());
    try {
      for (DataType type : types) {
        FieldVector vector = VectorTypes.createVector("", type, allocator);
        vectors.add(vector);
        if (vector instanceof BaseVariableWidthVector text) {
          text.allocateNew(readInt(in, at[0]), rows);
          at[0] += 4;
        } else if (vector instanceof BaseFixedWidthVector fixed) {
          fixed.allocateNew(rows);
        }
      }
      for (int i = 0; i < vectors.size(); i++) {
        fill(vectors.get(i), types.get(i), rows, in, at);
      }
      return new Decoded(new RecordBatch(types, vectors, rows), at[0]);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  private void fill(FieldVector vector, DataType type, int rows, ReadableFile in, long[] at) {
    if (vector instanceof NullVector) {
      vector.setValueCount(rows);
      return;
    }
    readMemory(in, at, vector.getValidityBufferAddress(), bits(rows));
    if (vector instanceof BaseVariableWidthVector text) {
      readMemory(in, at, text.getOffsetBufferAddress(), 4L * (rows + 1));
      readMemory(in, at, text.getDataBufferAddress(), endOffset(text, rows));
      text.setLastSet(rows - 1);
    } else {
      readMemory(in, at, vector.getDataBufferAddress(), fixedBytes(type, rows));
    }
    vector.setValueCount(rows);
  }

  private int readInt(ReadableFile in, long position) {
    byte[] bytes = staging();
    in.read(position, bytes, 0, 4);
    return bytes[0] & 0xff
        | (bytes[1] & 0xff) << 8
        | (bytes[2] & 0xff) << 16
        | (bytes[3] & 0xff) << 24;
  }

  private void readMemory(ReadableFile in, long[] at, long address, long length) {
    byte[] bytes = staging();
    for (long done = 0; done < length; ) {
      int part = (int) Math.min(bytes.length, length - done);
      in.read(at[0], bytes, 0, part);
      MemoryUtil.copyToMemory(bytes, 0, address + done, part);
      at[0] += part;
      done += part;
    }
  }
}

package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriterForInteger;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriterForLong;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridEncoder;
import org.apache.parquet.format.Encoding;
import org.jspecify.annotations.Nullable;

/**
 * Encodes rows of a leaf. The encoding is settled for a whole column chunk, so that a page that
 * names another one is damaged: dictionary numbers where a dictionary pays, otherwise deltas for
 * integers, runs for booleans, lengths and then bytes for BYTES, PLAIN for floats and FIXED.
 */
final class ValueEncoder {
  private static final int SLAB_BYTES = 1 << 10;
  private static final int PAGE_BYTES = 1 << 20;

  private final LeafBuffer buffer;
  private final @Nullable LeafDictionary dictionary;

  ValueEncoder(LeafBuffer buffer, @Nullable LeafDictionary dictionary) {
    this.buffer = buffer;
    this.dictionary = dictionary;
  }

  Encoding encoding() {
    if (dictionary != null) {
      return Encoding.RLE_DICTIONARY;
    }
    return switch (buffer.leaf.physical()) {
      case BOOLEAN -> Encoding.RLE;
      case INT32, INT64 -> Encoding.DELTA_BINARY_PACKED;
      case FLOAT, DOUBLE, FIXED -> Encoding.PLAIN;
      case BYTES -> Encoding.DELTA_LENGTH_BYTE_ARRAY;
    };
  }

  /** Definition levels of the rows, without a length in front. */
  void writeLevels(int from, int to, ByteSink out) throws IOException {
    try (RunLengthBitPackingHybridEncoder levels = hybrid(1)) {
      for (int row = from; row < to; row++) {
        levels.writeInt(buffer.present[row] ? 1 : 0);
      }
      levels.toBytes().writeAllTo(out);
    }
  }

  /** Values of the rows that have one. */
  void writeValues(int from, int to, ByteSink out) throws IOException {
    if (dictionary != null) {
      writeIds(dictionary, from, to, out);
      return;
    }
    switch (buffer.leaf.physical()) {
      case BOOLEAN -> writeBooleans(from, to, out);
      case INT32 ->
          writeDeltas(
              from,
              to,
              out,
              new DeltaBinaryPackingValuesWriterForInteger(
                  SLAB_BYTES, PAGE_BYTES, HeapByteBufferAllocator.getInstance()),
              false);
      case INT64 ->
          writeDeltas(
              from,
              to,
              out,
              new DeltaBinaryPackingValuesWriterForLong(
                  SLAB_BYTES, PAGE_BYTES, HeapByteBufferAllocator.getInstance()),
              true);
      case FLOAT, DOUBLE, FIXED -> {
        for (int row = from; row < to; row++) {
          if (isPresent(row)) {
            writePlain(row, out);
          }
        }
      }
      case BYTES -> writeLengthsAndBytes(from, to, out);
    }
  }

  /** The dictionary in PLAIN encoding. */
  void writeDictionary(ByteSink out) {
    if (dictionary != null) {
      for (int row : dictionary.firstRows()) {
        writePlain(row, out);
      }
    }
  }

  private boolean isPresent(int row) {
    return buffer.nulls == 0 || buffer.present[row];
  }

  private void writePlain(int row, ByteSink out) {
    switch (buffer.leaf.physical()) {
      case INT32, FLOAT -> out.writeIntLittleEndian((int) buffer.longs[row]);
      case INT64, DOUBLE -> out.writeLongLittleEndian(buffer.longs[row]);
      case FIXED -> out.write(buffer.bytes, row * buffer.leaf.length(), buffer.leaf.length());
      case BYTES -> {
        int start = buffer.start(row);
        int length = buffer.ends[row] - start;
        out.writeIntLittleEndian(length);
        out.write(buffer.bytes, start, length);
      }
      case BOOLEAN -> throw new IllegalStateException("Booleans are written as runs");
    }
  }

  private void writeIds(LeafDictionary numbers, int from, int to, ByteSink out) throws IOException {
    int width = numbers.bitWidth();
    out.write(width);
    try (RunLengthBitPackingHybridEncoder encoder = hybrid(width)) {
      for (int row = from; row < to; row++) {
        if (isPresent(row)) {
          encoder.writeInt(numbers.ids()[row]);
        }
      }
      encoder.toBytes().writeAllTo(out);
    }
  }

  private void writeBooleans(int from, int to, ByteSink out) throws IOException {
    int lengthAt = out.size;
    out.writeIntLittleEndian(0);
    try (RunLengthBitPackingHybridEncoder encoder = hybrid(1)) {
      for (int row = from; row < to; row++) {
        if (isPresent(row)) {
          encoder.writeInt((int) buffer.longs[row]);
        }
      }
      encoder.toBytes().writeAllTo(out);
    }
    int end = out.size;
    out.size = lengthAt;
    out.writeIntLittleEndian(end - lengthAt - 4);
    out.size = end;
  }

  private void writeDeltas(int from, int to, ByteSink out, ValuesWriter writer, boolean wide)
      throws IOException {
    try (writer) {
      for (int row = from; row < to; row++) {
        if (isPresent(row)) {
          if (wide) {
            writer.writeLong(buffer.longs[row]);
          } else {
            writer.writeInteger((int) buffer.longs[row]);
          }
        }
      }
      writer.getBytes().writeAllTo(out);
    }
  }

  private void writeLengthsAndBytes(int from, int to, ByteSink out) throws IOException {
    try (ValuesWriter lengths =
        new DeltaBinaryPackingValuesWriterForInteger(
            SLAB_BYTES, PAGE_BYTES, HeapByteBufferAllocator.getInstance())) {
      for (int row = from; row < to; row++) {
        if (isPresent(row)) {
          lengths.writeInteger(buffer.ends[row] - buffer.start(row));
        }
      }
      lengths.getBytes().writeAllTo(out);
    }
    // A null row takes no bytes, so the rows' bytes lie together.
    int start = buffer.start(from);
    out.write(buffer.bytes, start, buffer.start(to) - start);
  }

  private static RunLengthBitPackingHybridEncoder hybrid(int bitWidth) {
    return new RunLengthBitPackingHybridEncoder(
        bitWidth, SLAB_BYTES, PAGE_BYTES, HeapByteBufferAllocator.getInstance());
  }
}

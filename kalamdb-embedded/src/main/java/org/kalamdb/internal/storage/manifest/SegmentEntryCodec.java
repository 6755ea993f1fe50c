package org.kalamdb.internal.storage.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A segment's entry as a value of the {@code MANIFEST} family; the number is in the key. Numbers
 * are unsigned LEB128 varints unless it says otherwise.
 *
 * <pre>
 * version 1 byte = 2, level, rows, bytes, tail bytes, tail CRC 4 bytes BE, min seq, max seq,
 * schema version, tombstones, created, file (length, UTF-8), min key (length, bytes), max key,
 * number of columns, for each: id, nulls, min (length + 1, bytes; 0: none), max,
 * distinct values
 * </pre>
 *
 * Version 1 lacked the distinct values.
 */
final class SegmentEntryCodec {
  private static final int VERSION = 2;
  private static final int WITHOUT_DISTINCT = 1;

  /** No name, key or bound is longer; a greater length is damage. */
  private static final int MAX_BYTES = 1 << 26;

  private SegmentEntryCodec() {}

  static byte[] encode(SegmentEntry entry) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      writeVarint(out, entry.level());
      writeVarint(out, entry.rows());
      writeVarint(out, entry.bytes());
      writeVarint(out, entry.tailBytes());
      out.writeInt(entry.tailCrc());
      writeVarint(out, entry.minSeq());
      writeVarint(out, entry.maxSeq());
      writeVarint(out, entry.schemaVersion());
      writeVarint(out, entry.tombstones());
      writeVarint(out, entry.createdMillis());
      writeBytes(out, entry.file().getBytes(UTF_8));
      writeBytes(out, entry.minKey());
      writeBytes(out, entry.maxKey());
      writeVarint(out, entry.columns().size());
      for (ColumnStatistics column : entry.columns()) {
        writeVarint(out, column.columnId());
        writeVarint(out, column.nulls());
        writeBound(out, column.min());
        writeBound(out, column.max());
        writeVarint(out, column.distinct());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static SegmentEntry decode(long number, byte[] value, int length) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value, 0, length))) {
      int version = in.readUnsignedByte();
      if (version != VERSION && version != WITHOUT_DISTINCT) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "segment "
                + number
                + " has an entry of version "
                + version
                + ", this build knows "
                + VERSION);
      }
      int level = (int) readVarint(in);
      long rows = readVarint(in);
      long bytes = readVarint(in);
      int tailBytes = (int) readVarint(in);
      int tailCrc = in.readInt();
      long minSeq = readVarint(in);
      long maxSeq = readVarint(in);
      int schemaVersion = (int) readVarint(in);
      long tombstones = readVarint(in);
      long created = readVarint(in);
      String file = new String(readBytes(in), UTF_8);
      byte[] minKey = readBytes(in);
      byte[] maxKey = readBytes(in);
      int count = (int) readVarint(in);
      List<ColumnStatistics> columns = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int id = (int) readVarint(in);
        long nulls = readVarint(in);
        byte[] min = readBound(in);
        byte[] max = readBound(in);
        long distinct = version == WITHOUT_DISTINCT ? 0 : readVarint(in);
        columns.add(new ColumnStatistics(id, min, max, nulls, distinct));
      }
      if (in.read() >= 0) {
        throw new IOException("bytes behind the entry");
      }
      return new SegmentEntry(
          number,
          file,
          level,
          rows,
          bytes,
          tailBytes,
          tailCrc,
          minKey,
          maxKey,
          minSeq,
          maxSeq,
          schemaVersion,
          tombstones,
          created,
          columns);
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.DATA_CORRUPTED, "the entry of segment " + number + " is damaged", e);
    }
  }

  private static void writeVarint(DataOutputStream out, long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.writeByte((int) rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  private static long readVarint(DataInputStream in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int b = in.readUnsignedByte();
      value |= (b & 0x7FL) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw new IOException("a number without an end");
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    writeVarint(out, bytes.length);
    out.write(bytes);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    return readBytes(in, readVarint(in));
  }

  private static byte[] readBytes(DataInputStream in, long length) throws IOException {
    if (length < 0 || length > Math.min(MAX_BYTES, in.available())) {
      throw new IOException("a length of " + length);
    }
    return in.readNBytes((int) length);
  }

  private static void writeBound(DataOutputStream out, byte @Nullable [] bound) throws IOException {
    writeVarint(out, bound == null ? 0 : bound.length + 1);
    if (bound != null) {
      out.write(bound);
    }
  }

  private static byte @Nullable [] readBound(DataInputStream in) throws IOException {
    long length = readVarint(in);
    return length == 0 ? null : readBytes(in, length - 1);
  }
}

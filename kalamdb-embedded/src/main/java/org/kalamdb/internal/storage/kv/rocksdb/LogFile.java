package org.kalamdb.internal.storage.kv.rocksdb;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of RocksDB's log format (WAL or MANIFEST) as far as it is whole. Blocks of 32 KiB
 * hold records of {CRC 4 bytes, length 2, type 1, payload}, little-endian; a record that does not
 * fit into its block is written in fragments; fewer than 7 bytes at a block's end are padding. The
 * CRC is CRC32C over type and payload, masked. Source: RocksDB wiki, Write Ahead Log File Format.
 *
 * <p>Read with RandomAccessFile, which a thread's interrupt does not close.
 */
final class LogFile {
  static final int BLOCK = 32 * 1024;
  static final int HEADER = 7;
  private static final int SECTOR = 512;

  private static final int ZERO = 0;
  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;

  /** What precedes this file in the row of logs; written because logs are tracked. */
  private static final int PREDECESSOR = 130;

  /**
   * How far a file is whole.
   *
   * @param records whole records, of the kind that carries data
   * @param wholeBytes where the first record begins that is not whole; the file's length if all are
   * @param flaw what is wrong there; null if nothing
   * @param torn true if the flaw is what an interrupted write leaves at the end of a file: bytes
   *     that are missing or zero, and nothing whole after them
   */
  record Scan(long records, long wholeBytes, @Nullable String flaw, boolean torn) {}

  private final RandomAccessFile file;
  private final long length;
  private final byte[] block = new byte[BLOCK];
  private final CRC32C crc = new CRC32C();
  private long blockStart = -1;
  private int blockLength;

  private LogFile(RandomAccessFile file) throws IOException {
    this.file = file;
    this.length = file.length();
  }

  static Scan scan(Path path) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      return new LogFile(file).scan();
    }
  }

  private Scan scan() throws IOException {
    long records = 0;
    long logicalStart = -1; // of the record whose fragments are being read
    long at = 0;
    while (at < length) {
      readBlock(at);
      int position = (int) (at - blockStart);
      int left = blockLength - position;
      if (left < HEADER) {
        if (blockLength == BLOCK) {
          at = blockStart + BLOCK;
          continue;
        }
        return flawed(records, at, logicalStart, "a record's header is cut off", true);
      }
      int size = size(position);
      int type = type(position);
      if (type == ZERO && size == 0) {
        return isZeroToEnd(at)
            ? flawed(records, at, logicalStart, "zeros follow the last record", true)
            : flawed(records, at, logicalStart, "zeros where a record was expected", hasGap(at));
      }
      if (!isKnown(type)) {
        return flawed(records, at, logicalStart, "unknown record type " + type, false);
      }
      if (size > BLOCK - position - HEADER) {
        return flawed(records, at, logicalStart, "a record is longer than its block", hasGap(at));
      }
      if (size > left - HEADER) {
        return flawed(records, at, logicalStart, "a record is cut off", true);
      }
      if (!isIntact(position, size)) {
        return flawed(records, at, logicalStart, "a record's checksum is wrong", hasGap(at));
      }
      boolean inside = logicalStart >= 0;
      boolean continues = type == MIDDLE || type == LAST;
      if (inside != continues) {
        return flawed(records, at, logicalStart, "a record's fragments are not in order", false);
      }
      if (type == FIRST) {
        logicalStart = at;
      } else if (type != MIDDLE) {
        logicalStart = -1;
        records += type == PREDECESSOR ? 0 : 1;
      }
      at += HEADER + size;
    }
    return logicalStart < 0
        ? new Scan(records, length, null, false)
        : new Scan(records, logicalStart, "a record's last fragments are missing", true);
  }

  private Scan flawed(long records, long at, long logicalStart, String flaw, boolean looksTorn)
      throws IOException {
    boolean torn = looksTorn && !isRecordAfter(at);
    return new Scan(records, logicalStart >= 0 ? logicalStart : at, flaw, torn);
  }

  private static boolean isKnown(int type) {
    return type == FULL || type == FIRST || type == MIDDLE || type == LAST || type == PREDECESSOR;
  }

  private void readBlock(long at) throws IOException {
    long start = at - at % BLOCK;
    if (start != blockStart) {
      blockStart = start;
      blockLength = (int) Math.min(BLOCK, length - start);
      file.seek(start);
      file.readFully(block, 0, blockLength);
    }
  }

  private int size(int position) {
    return (block[position + 4] & 0xFF) | (block[position + 5] & 0xFF) << 8;
  }

  private int type(int position) {
    return block[position + 6] & 0xFF;
  }

  private boolean isIntact(int position, int size) {
    int stored =
        (block[position] & 0xFF)
            | (block[position + 1] & 0xFF) << 8
            | (block[position + 2] & 0xFF) << 16
            | (block[position + 3] & 0xFF) << 24;
    crc.reset();
    crc.update(block, position + 6, 1 + size);
    return stored == mask((int) crc.getValue());
  }

  static int mask(int crc) {
    return Integer.rotateRight(crc, 15) + 0xa282ead8;
  }

  /**
   * True if a whole record begins anywhere after {@code at}, wherever the damage has moved it to.
   */
  private boolean isRecordAfter(long at) throws IOException {
    for (long next = at + 1; next < length; next++) {
      readBlock(next);
      int position = (int) (next - blockStart);
      if (blockLength - position <= HEADER) {
        next = blockStart + BLOCK - 1;
        continue;
      }
      int size = size(position);
      if (size > 0
          && size <= blockLength - position - HEADER
          && isKnown(type(position))
          && isIntact(position, size)) {
        return true;
      }
    }
    return false;
  }

  private boolean isZeroToEnd(long at) throws IOException {
    for (long next = at; next < length; next++) {
      readBlock(next);
      if (block[(int) (next - blockStart)] != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * True if a whole sector after {@code at} is zero, or the file's last sector from some byte on:
   * what is left where pages of an interrupted write did not reach the disk. A flipped bit leaves
   * no gap.
   */
  private boolean hasGap(long at) throws IOException {
    long zeros = 0;
    for (long next = at; next < length; next++) {
      readBlock(next);
      if (next % SECTOR == 0) {
        zeros = 0;
      }
      zeros = block[(int) (next - blockStart)] == 0 ? zeros + 1 : 0;
      if (zeros == SECTOR) {
        return true;
      }
    }
    return zeros > HEADER;
  }
}

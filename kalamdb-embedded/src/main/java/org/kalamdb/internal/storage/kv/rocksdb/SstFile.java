package org.kalamdb.internal.storage.kv.rocksdb;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.EnvOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.rocksdb.SstFileWriter;

/** One file of a store, read by itself; deletions in it are not seen. */
final class SstFile {
  /** The newest format whose footer does not depend on its own place. */
  private static final int PADDABLE = 5;

  private static final int FOOTER_BYTES = 53;

  private final Path path;

  SstFile(Path path) {
    this.path = path;
  }

  /** Receives an entry. */
  @FunctionalInterface
  interface Visitor {
    void visit(byte[] key, byte[] value) throws RocksDBException;
  }

  /** Checks every block; what is wrong in words, or null. */
  @Nullable String flaw() {
    if (!Files.isRegularFile(path)) {
      return "it is missing";
    }
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(path.toString());
      reader.verifyChecksum();
      return null;
    } catch (RocksDBException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The name of the family the file is of; null if that cannot be read. */
  @Nullable String family() {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(path.toString());
      return new String(reader.getTableProperties().getColumnFamilyName(), StandardCharsets.UTF_8);
    } catch (RocksDBException e) {
      return null;
    }
  }

  /**
   * Visits, in order of keys, what lies before the first damaged block and what lies behind the
   * last one.
   *
   * @return true if nothing was damaged
   */
  boolean visitReadable(Visitor visitor) throws RocksDBException {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      try {
        reader.open(path.toString());
      } catch (RocksDBException e) {
        return false;
      }
      try (ReadOptions read = new ReadOptions();
          SstFileReaderIterator entries = reader.newIterator(read)) {
        byte[] last = null;
        for (entries.seekToFirst(); entries.isValid(); entries.next()) {
          last = entries.key();
          visitor.visit(last, entries.value());
        }
        if (isWhole(entries)) {
          return true;
        }
        byte[] behind = null;
        for (entries.seekToLast(); entries.isValid(); entries.prev()) {
          if (last != null && Arrays.compareUnsigned(entries.key(), last) <= 0) {
            break;
          }
          behind = entries.key();
        }
        if (behind != null) {
          for (entries.seek(behind); entries.isValid(); entries.next()) {
            visitor.visit(entries.key(), entries.value());
          }
        }
        return false;
      }
    }
  }

  private static boolean isWhole(SstFileReaderIterator entries) {
    try {
      entries.status();
      return true;
    } catch (RocksDBException e) {
      return false;
    }
  }

  /**
   * Writes a file that RocksDB takes for this one: of the same size, with what is readable of it.
   * It ends with the deletion of a key behind all others, because a file must have an entry.
   *
   * @param greatest no key of the file is greater
   * @param size how long the file was
   * @return false if what is readable does not fit into that size, and is not in the file
   */
  boolean writeReadable(Path target, byte[] greatest, long size)
      throws IOException, RocksDBException {
    write(target, greatest, true);
    boolean fits = Files.size(target) <= size;
    if (!fits) {
      write(target, greatest, false);
    }
    pad(target, size);
    return fits;
  }

  private void write(Path target, byte[] greatest, boolean withReadable)
      throws IOException, RocksDBException {
    Files.deleteIfExists(target);
    BlockBasedTableConfig format = new BlockBasedTableConfig().setFormatVersion(PADDABLE);
    try (Options options =
            new Options()
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(format);
        EnvOptions environment = new EnvOptions();
        SstFileWriter writer = new SstFileWriter(environment, options)) {
      writer.open(target.toString());
      byte[][] last = {greatest};
      if (withReadable) {
        visitReadable(
            (key, value) -> {
              writer.put(key, value);
              last[0] = Arrays.compareUnsigned(key, last[0]) > 0 ? key : last[0];
            });
      }
      writer.delete(Arrays.copyOf(last[0], last[0].length + 1));
      writer.finish();
    }
  }

  /** A footer of this format says where blocks are by their distance from the file's start. */
  private static void pad(Path file, long size) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    if (whole.length < size) {
      try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
        out.setLength(size);
        out.seek(whole.length - FOOTER_BYTES);
        out.write(new byte[FOOTER_BYTES]);
        out.seek(size - FOOTER_BYTES);
        out.write(whole, whole.length - FOOTER_BYTES, FOOTER_BYTES);
      }
    }
  }
}

package org.kalamdb.internal.storage.kv.rocksdb;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Hints;

/**
 * Looks at a store's logs before RocksDB does: one flipped bit in a record's type sends {@code
 * RocksDB.open} into an endless loop in every recovery mode, and its laxer modes drop what follows
 * a damage without a word.
 *
 * <p>A log may end in the middle of a record only if no record follows, in it or in a later log:
 * that is a write that a crash interrupted and nobody was told of. Its remains are cut off.
 * Anything else is damage and refused. The MANIFEST is scanned alike and left as it is: RocksDB
 * writes a new one.
 */
final class WalPreflight {
  private WalPreflight() {}

  /**
   * The remains of an interrupted write.
   *
   * @param file the log
   * @param offset where they began
   * @param bytes how many
   */
  record TornTail(Path file, long offset, long bytes) {
    @Override
    public String toString() {
      return bytes + " bytes of " + file.getFileName() + " from byte " + offset;
    }
  }

  /**
   * Checks the store in the directory and cuts off torn tails.
   *
   * @param mayBeTorn false if the store was closed in order: then nothing was interrupted, and what
   *     looks so is damage
   * @return what was cut off, for the log
   * @throws KalamException XX001 naming file and offset if the store is damaged, 58030 if it cannot
   *     be read
   */
  static List<TornTail> check(Path directory, boolean mayBeTorn) {
    try {
      checkManifest(directory, mayBeTorn);
      return checkLogs(directory, mayBeTorn);
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The hot tier cannot be read: " + e.getMessage(), e);
    }
  }

  private static void checkManifest(Path directory, boolean mayBeTorn) throws IOException {
    Path current = directory.resolve("CURRENT");
    String name;
    try {
      name = new String(Files.readAllBytes(current), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw damaged(current, 0, "the file is missing", e);
    }
    if (!name.matches("MANIFEST-[0-9]+\n")) {
      throw damaged(current, 0, "it does not name a MANIFEST", null);
    }
    Path manifest = directory.resolve(name.trim());
    if (!Files.isRegularFile(manifest)) {
      throw damaged(manifest, 0, "the file is missing", null);
    }
    LogFile.Scan scan = LogFile.scan(manifest);
    if (scan.records() == 0 || (scan.flaw() != null && !(scan.torn() && mayBeTorn))) {
      String flaw = scan.flaw();
      throw damaged(manifest, scan.wholeBytes(), flaw == null ? "it holds no record" : flaw, null);
    }
  }

  private static List<TornTail> checkLogs(Path directory, boolean mayBeTorn) throws IOException {
    List<Path> logs;
    try (Stream<Path> files = Files.list(directory)) {
      logs =
          files
              .filter(file -> file.getFileName().toString().matches("[0-9]{6,19}\\.log"))
              .sorted(Comparator.comparingLong(WalPreflight::number))
              .toList();
    }
    List<LogFile.Scan> scans = new ArrayList<>();
    for (Path log : logs) {
      scans.add(LogFile.scan(log));
    }
    List<TornTail> torn = new ArrayList<>();
    boolean recordsFollow = false;
    for (int i = logs.size() - 1; i >= 0; i--) {
      LogFile.Scan scan = scans.get(i);
      String flaw = scan.flaw();
      if (flaw != null) {
        if (!scan.torn() || !mayBeTorn || recordsFollow) {
          throw damaged(logs.get(i), scan.wholeBytes(), flaw, null);
        }
        long bytes = Files.size(logs.get(i)) - scan.wholeBytes();
        torn.add(new TornTail(logs.get(i), scan.wholeBytes(), bytes));
      }
      recordsFollow |= scan.records() > 0;
    }
    // Only now that everything is known to be sound is anything changed.
    for (TornTail tail : torn) {
      try (RandomAccessFile file = new RandomAccessFile(tail.file().toFile(), "rw")) {
        file.setLength(tail.offset());
        file.getFD().sync();
      }
    }
    return torn;
  }

  private static long number(Path log) {
    String name = log.getFileName().toString();
    return Long.parseLong(name.substring(0, name.length() - ".log".length()));
  }

  private static KalamException damaged(
      Path file, long offset, String flaw, @Nullable Throwable cause) {
    return new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "The hot tier is damaged: " + file + " at byte " + offset + ": " + flaw,
            cause)
        .withHint(Hints.DAMAGED);
  }
}

package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Hints;

/**
 * What is known about the hot tier outside of it, in the file {@code kalam.state}: a loss that
 * leaves the hot tier whole in itself, but older, is seen by comparing the two.
 *
 * <pre>
 * KalamDB state
 * closed=false              true if the database was closed in order
 * seq=123456                a commit that is certainly on disk, with all before it
 * file=MANIFEST-000005 812  files of the hot tier: of a closed database all that matter with their
 *                           lengths, of an open one the MANIFEST with a length it has reached
 * crc32c=0a1b2c3d           over all before this line
 * </pre>
 *
 * @param closed whether the database was closed in order
 * @param seq a commit that is on disk
 * @param files lengths in bytes by name
 */
public record DatabaseState(boolean closed, long seq, Map<String, Long> files) {
  static final String FILE_NAME = "kalam.state";

  private static final String TITLE = "KalamDB state\n";
  private static final String CRC_KEY = "crc32c=";
  private static final long MAX_BYTES = 64L << 20;

  public DatabaseState {
    files = new TreeMap<>(files);
  }

  void write(Path directory) throws IOException {
    StringBuilder text = new StringBuilder(TITLE);
    text.append("closed=").append(closed).append("\nseq=").append(seq).append('\n');
    files.forEach(
        (name, length) ->
            text.append("file=").append(name).append(' ').append(length).append('\n'));
    String crc = crc(text.toString());
    text.append(CRC_KEY).append(crc).append('\n');
    DurableFiles.replace(
        directory.resolve(FILE_NAME), text.toString().getBytes(StandardCharsets.UTF_8));
  }

  static DatabaseState read(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    if (!Files.isRegularFile(file)) {
      throw damaged(file, "it is missing", null);
    }
    if (Files.size(file) > MAX_BYTES) {
      throw damaged(file, "it is too long", null);
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    int end = text.lastIndexOf(CRC_KEY);
    if (!text.startsWith(TITLE)
        || end < 0
        || !text.substring(end).equals(CRC_KEY + crc(text.substring(0, end)) + "\n")) {
      throw damaged(file, "its checksum is wrong", null);
    }
    try {
      return parse(text.substring(TITLE.length(), end));
    } catch (IllegalArgumentException e) {
      throw damaged(file, "it cannot be understood", e);
    }
  }

  private static DatabaseState parse(String lines) {
    @Nullable Boolean closed = null;
    long seq = -1;
    Map<String, Long> files = new LinkedHashMap<>();
    for (String line : lines.split("\n", -1)) {
      int equals = line.indexOf('=');
      String value = line.substring(equals + 1);
      switch (equals < 0 ? "" : line.substring(0, equals)) {
        case "closed" -> closed = Boolean.valueOf(value);
        case "seq" -> seq = Long.parseLong(value);
        case "file" -> {
          int space = value.indexOf(' ');
          if (space < 1) {
            throw new IllegalArgumentException(line);
          }
          files.put(value.substring(0, space), Long.valueOf(value.substring(space + 1)));
        }
        default -> {
          if (!line.isEmpty()) {
            throw new IllegalArgumentException(line);
          }
        }
      }
    }
    if (closed == null || seq < 0) {
      throw new IllegalArgumentException(lines);
    }
    return new DatabaseState(closed, seq, files);
  }

  private static String crc(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }

  private static KalamException damaged(Path file, String flaw, @Nullable Throwable cause) {
    return new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "The state file of the database is damaged: " + file + ": " + flaw,
            cause)
        .withHint("Without it nobody can say whether commits are missing. " + Hints.DAMAGED);
  }
}

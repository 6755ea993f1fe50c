package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Hints;

/**
 * What makes a directory a database: the file {@code kalam.db}, a few lines of text.
 *
 * <pre>
 * KalamDB
 * format=1
 * id=6f1c2c1e-...
 * created=2026-11-21T10:00:00Z
 * crc32c=0a1b2c3d          over all before this line; the last line in every format
 * </pre>
 */
record DatabaseMarker(FormatVersion format, UUID id, Instant created) {
  static final String FILE_NAME = "kalam.db";

  private static final String CRC_KEY = "crc32c=";
  private static final int MAX_BYTES = 4096;

  void write(Path directory) throws IOException {
    String text =
        "KalamDB\nformat=" + format.number() + "\nid=" + id + "\ncreated=" + created + "\n";
    DurableFiles.replace(
        directory.resolve(FILE_NAME),
        (text + CRC_KEY + crc(text) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  static DatabaseMarker read(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
      throw damaged(file, null);
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    int end = text.lastIndexOf(CRC_KEY);
    if (end < 0 || !text.substring(end).equals(CRC_KEY + crc(text.substring(0, end)) + "\n")) {
      throw damaged(file, null);
    }
    try {
      int number = Integer.parseInt(value(text, "format"));
      FormatVersion format =
          FormatVersion.of(number)
              .orElseThrow(
                  () ->
                      new KalamException(
                          ErrorCode.FEATURE_NOT_SUPPORTED,
                          "The database has format "
                              + number
                              + ", this version of KalamDB knows formats up to "
                              + FormatVersion.newest().number()
                              + ": "
                              + directory));
      return new DatabaseMarker(
          format, UUID.fromString(value(text, "id")), Instant.parse(value(text, "created")));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw damaged(file, e);
    }
  }

  private static String value(String text, String key) {
    Matcher matcher = Pattern.compile("(?m)^" + key + "=(.*)$").matcher(text);
    if (!matcher.find()) {
      throw new IllegalArgumentException("No " + key);
    }
    return matcher.group(1);
  }

  private static String crc(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }

  private static KalamException damaged(Path file, @Nullable Throwable cause) {
    return new KalamException(
            ErrorCode.DATA_CORRUPTED, "The marker file of the database is damaged: " + file, cause)
        .withHint(Hints.DAMAGED);
  }
}

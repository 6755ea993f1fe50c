package org.kalamdb.internal.catalog;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When rows of a table go from hot to cold by themselves, which of them, and into what files. The
 * first four say when; 0: not for that reason.
 *
 * @param rows so many rows are hot that a flush would move
 * @param bytes about so many bytes of them
 * @param intervalSeconds the oldest change since the last flush is this old
 * @param ageSeconds a row has not been changed for so long; a flush for that reason alone moves
 *     such rows only
 * @param keepRows the rows that were changed last stay hot, at most so many: those of one commit go
 *     or stay together
 * @param keepBytes as {@code keepRows}, about so many bytes
 * @param minRows a user's partition with fewer rows to move is left as it is
 * @param fileRows most rows of a segment
 */
public record FlushPolicy(
    long rows,
    long bytes,
    long intervalSeconds,
    long ageSeconds,
    long keepRows,
    long keepBytes,
    long minRows,
    long fileRows) {
  /** What {@link #parse} takes. */
  public static final String SYNTAX =
      "'off' or a list of 'rows:N', 'bytes:64MB', 'interval:SECONDS', 'age:SECONDS', 'keep:N' or"
          + " 'keep:16MB', 'min:ROWS' and 'file:ROWS', each once";

  private static final long MAX_FILE_ROWS = 2_000_000;
  private static final long MOST_MIN_ROWS = 1_000;
  private static final long FLUSH_ROWS = 100_000;
  private static final long FLUSH_BYTES = 64L << 20;
  private static final Pattern PART =
      Pattern.compile("\\s*([a-z]+)\\s*:\\s*([0-9]{1,15})\\s*(.*?)\\s*");

  public static final FlushPolicy DEFAULT =
      new FlushPolicy(FLUSH_ROWS, FLUSH_BYTES, 0, 0, 0, 0, MOST_MIN_ROWS, MAX_FILE_ROWS);

  /** Never by itself. */
  public static final FlushPolicy OFF =
      new FlushPolicy(0, 0, 0, 0, 0, 0, MOST_MIN_ROWS, MAX_FILE_ROWS);

  public boolean isOff() {
    return rows == 0 && bytes == 0 && intervalSeconds == 0 && ageSeconds == 0;
  }

  /**
   * A policy as {@code FLUSH_POLICY} names it. Where it says nothing of when, the default does;
   * where nothing of {@code min}, a tenth of {@code rows}, 1,000 at most.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static FlushPolicy parse(String text) {
    if (text.trim().equalsIgnoreCase("off")) {
      return OFF;
    }
    Map<String, Long> parts = new HashMap<>();
    for (String part : text.toLowerCase(Locale.ROOT).split(",", -1)) {
      Matcher matcher = PART.matcher(part);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(part);
      }
      String name = String.valueOf(matcher.group(1));
      long number = Long.parseLong(String.valueOf(matcher.group(2)));
      String unit = String.valueOf(matcher.group(3));
      boolean inBytes = name.equals("bytes") || (name.equals("keep") && !unit.isEmpty());
      long value = inBytes ? number * bytesOf(unit) : number;
      if (number == 0 || value / number * number != value || (!inBytes && !unit.isEmpty())) {
        throw new IllegalArgumentException(part);
      }
      if (parts.put(inBytes && name.equals("keep") ? "keepbytes" : name, value) != null) {
        throw new IllegalArgumentException(part);
      }
    }
    return of(parts);
  }

  private static FlushPolicy of(Map<String, Long> parts) {
    long rows = take(parts, "rows");
    long bytes = take(parts, "bytes");
    long interval = take(parts, "interval");
    long age = take(parts, "age");
    if (rows == 0 && bytes == 0 && interval == 0 && age == 0) {
      rows = FLUSH_ROWS;
      bytes = FLUSH_BYTES;
    }
    long keepRows = take(parts, "keep");
    long keepBytes = take(parts, "keepbytes");
    Long min = parts.remove("min");
    Long file = parts.remove("file");
    if (!parts.isEmpty()
        || (keepRows > 0 && keepBytes > 0)
        || (file != null && file > MAX_FILE_ROWS)) {
      throw new IllegalArgumentException(parts.toString());
    }
    return new FlushPolicy(
        rows,
        bytes,
        interval,
        age,
        keepRows,
        keepBytes,
        min == null ? usualMin(rows) : min,
        file == null ? MAX_FILE_ROWS : file);
  }

  private static long take(Map<String, Long> parts, String name) {
    Long value = parts.remove(name);
    return value == null ? 0 : value;
  }

  private static long usualMin(long rows) {
    return rows == 0 ? MOST_MIN_ROWS : Math.max(1, Math.min(MOST_MIN_ROWS, rows / 10));
  }

  private static long bytesOf(String unit) {
    return switch (unit) {
      case "", "b" -> 1;
      case "k", "kb" -> 1L << 10;
      case "m", "mb" -> 1L << 20;
      case "g", "gb" -> 1L << 30;
      default -> throw new IllegalArgumentException(unit);
    };
  }

  /** As {@link #parse} takes it. */
  @Override
  public String toString() {
    if (isOff()) {
      return "off";
    }
    StringJoiner text = new StringJoiner(",");
    add(text, "rows", rows, 0);
    if (bytes > 0) {
      text.add("bytes:" + size(bytes));
    }
    add(text, "interval", intervalSeconds, 0);
    add(text, "age", ageSeconds, 0);
    add(text, "keep", keepRows, 0);
    if (keepBytes > 0) {
      text.add("keep:" + size(keepBytes));
    }
    add(text, "min", minRows, usualMin(rows));
    add(text, "file", fileRows, MAX_FILE_ROWS);
    return text.toString();
  }

  private static void add(StringJoiner text, String name, long value, long unless) {
    if (value != unless) {
      text.add(name + ":" + value);
    }
  }

  private static String size(long bytes) {
    if (bytes % (1 << 20) == 0) {
      return (bytes >> 20) + "MB";
    }
    return bytes % (1 << 10) == 0 ? (bytes >> 10) + "KB" : bytes + "B";
  }
}

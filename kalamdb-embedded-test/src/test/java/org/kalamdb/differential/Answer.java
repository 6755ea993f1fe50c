package org.kalamdb.differential;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a database said to a query: rows, or an error.
 *
 * @param rows null for an error
 * @param error null for rows
 * @param refused whether the error says that the query's text is not supported
 * @param lacksMemory whether it says that there was too little memory
 * @param lacksTime whether it says that it took too long
 */
record Answer(
    @Nullable List<List<@Nullable Object>> rows,
    @Nullable String error,
    boolean refused,
    boolean lacksMemory,
    boolean lacksTime) {
  static Answer rows(List<List<@Nullable Object>> rows) {
    return new Answer(rows, null, false, false, false);
  }

  static Answer error(String message, boolean refused) {
    return new Answer(null, message, refused, false, false);
  }

  static Answer lackOfMemory(String message) {
    return new Answer(null, message, false, true, false);
  }

  static Answer lackOfTime(String message) {
    return new Answer(null, message, false, false, true);
  }

  /** How many rows; 0 for an error. */
  int size() {
    return rows == null ? 0 : rows.size();
  }

  boolean isError() {
    return error != null;
  }

  /** Errors agree with errors; rows with the same rows, in the same order if that is asked for. */
  boolean agrees(Answer other, boolean ordered) {
    if (isError() || other.isError()) {
      return isError() == other.isError();
    }
    if (rows.size() != other.rows.size()) {
      return false;
    }
    List<List<@Nullable Object>> left = ordered ? rows : sorted(rows);
    List<List<@Nullable Object>> right = ordered ? other.rows : sorted(other.rows);
    for (int i = 0; i < left.size(); i++) {
      if (!same(left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static List<List<@Nullable Object>> sorted(List<List<@Nullable Object>> rows) {
    List<List<@Nullable Object>> sorted = new ArrayList<>(rows);
    sorted.sort((one, other) -> key(one).compareTo(key(other)));
    return sorted;
  }

  private static String key(List<@Nullable Object> row) {
    return row.stream()
        .map(
            value ->
                value instanceof BigDecimal number
                    ? number.stripTrailingZeros().toPlainString()
                    : String.valueOf(value))
        .collect(Collectors.joining("\0"));
  }

  private static boolean same(List<@Nullable Object> left, List<@Nullable Object> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      Object one = left.get(i);
      Object other = right.get(i);
      boolean same =
          one instanceof BigDecimal number && other instanceof BigDecimal otherNumber
              ? number.compareTo(otherNumber) == 0
              : String.valueOf(one).equals(String.valueOf(other));
      if (!same) {
        return false;
      }
    }
    return true;
  }

  /** At most twenty rows, sorted unless their order counts. */
  String text(boolean ordered) {
    if (isError()) {
      return "error: " + error;
    }
    List<String> lines = new ArrayList<>(rows.stream().map(row -> row.toString()).toList());
    if (!ordered) {
      Collections.sort(lines);
    }
    return lines.size()
        + " rows\n"
        + lines.stream().limit(20).map(line -> "    " + line).collect(Collectors.joining("\n"));
  }
}

package org.kalamdb.slt;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.Row;

/**
 * Rows of SQLite's form, one value a line: I cut to a whole number, R with three digits, T as text;
 * a single line {@code N values hashing to MD5} stands for many.
 */
record SqliteRows(String types, SortMode sort, List<String> values) implements ExpectedRows {
  private static final Pattern HASHED = Pattern.compile("(\\d+) values hashing to ([0-9a-f]{32})");

  static SqliteRows of(String types, SortMode sort, List<String> lines) {
    return new SqliteRows(types, sort, List.copyOf(lines));
  }

  @Override
  public @Nullable String mismatch(List<Row> result) {
    List<List<String>> rows = new ArrayList<>(result.size());
    for (Row row : result) {
      if (row.size() != types.length()) {
        return "columns: " + row.size() + " instead of " + types.length();
      }
      List<String> texts = new ArrayList<>(row.size());
      for (int i = 0; i < row.size(); i++) {
        texts.add(ValueText.sqlite(types.charAt(i), row.get(i)));
      }
      rows.add(texts);
    }
    if (sort == SortMode.ROWSORT) {
      rows.sort(Comparator.comparing(row -> String.join("\0", row)));
    }
    List<String> got = new ArrayList<>();
    rows.forEach(got::addAll);
    if (sort == SortMode.VALUESORT) {
      Collections.sort(got);
    }
    Matcher hashed = HASHED.matcher(values.size() == 1 ? values.get(0) : "");
    if (hashed.matches()) {
      boolean same =
          got.size() == Integer.parseInt(hashed.group(1)) && md5(got).equals(hashed.group(2));
      return same ? null : Differing.describe(values, got, false) + "\n  hashing to " + md5(got);
    }
    return got.equals(values) ? null : Differing.describe(values, got, false);
  }

  private static String md5(List<String> values) {
    try {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      for (String value : values) {
        digest.update((value + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

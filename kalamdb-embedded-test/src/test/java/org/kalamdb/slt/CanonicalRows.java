package org.kalamdb.slt;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.Row;

/**
 * Rows of the canonical form: I exactly, R with a relative tolerance of 1e-7 where one side is a
 * float and 1e-9 where it is a decimal, T as text.
 */
record CanonicalRows(String types, SortMode sort, List<List<String>> rows) implements ExpectedRows {
  private static final double FLOAT_TOLERANCE = 1e-7;
  private static final BigDecimal DECIMAL_TOLERANCE = new BigDecimal("1e-9");

  static CanonicalRows of(String types, SortMode sort, List<String> lines) {
    List<List<String>> rows = new ArrayList<>(lines.size());
    for (String line : lines) {
      rows.add(List.of(line.split("\t", -1)));
    }
    return new CanonicalRows(types, sort, rows);
  }

  @Override
  public @Nullable String mismatch(List<Row> result) {
    if (!result.isEmpty() && result.get(0).size() != types.length()) {
      return "columns: " + result.get(0).size() + " instead of " + types.length();
    }
    List<List<Value>> got = new ArrayList<>(result.size());
    for (Row row : result) {
      List<Value> values = new ArrayList<>(row.size());
      for (Object value : row.toArray()) {
        values.add(new Value(ValueText.canonical(value), value));
      }
      got.add(values);
    }
    boolean same =
        got.size() == rows.size()
            && (sort == SortMode.NOSORT ? sameInOrder(rows, got) : sameRows(got));
    return same ? null : describe(got);
  }

  /** A value of a result and its text. */
  private record Value(String text, @Nullable Object object) {}

  private boolean sameRows(List<List<Value>> got) {
    List<List<String>> sortedExpected = new ArrayList<>(rows);
    sortedExpected.sort(byText());
    List<List<Value>> sortedGot = new ArrayList<>(got);
    sortedGot.sort(Comparator.comparing(CanonicalRows::texts, byText()));
    return sameInOrder(sortedExpected, sortedGot) || sameAsBag(sortedExpected, sortedGot);
  }

  private static List<String> texts(List<Value> row) {
    return row.stream().map(Value::text).toList();
  }

  private static Comparator<List<String>> byText() {
    return (left, right) -> {
      for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
        int order = left.get(i).compareTo(right.get(i));
        if (order != 0) {
          return order;
        }
      }
      return Integer.compare(left.size(), right.size());
    };
  }

  private boolean sameInOrder(List<List<String>> expected, List<List<Value>> got) {
    for (int i = 0; i < expected.size(); i++) {
      if (!same(expected.get(i), got.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** For numbers within the tolerance, whose texts sort apart. */
  private boolean sameAsBag(List<List<String>> expected, List<List<Value>> got) {
    if (types.indexOf('R') < 0) {
      return false;
    }
    List<List<Value>> left = new ArrayList<>(got);
    for (List<String> row : expected) {
      int found = -1;
      for (int i = 0; found < 0 && i < left.size(); i++) {
        found = same(row, left.get(i)) ? i : -1;
      }
      if (found < 0) {
        return false;
      }
      left.remove(found);
    }
    return true;
  }

  private boolean same(List<String> expected, List<Value> got) {
    if (expected.size() != got.size()) {
      return false;
    }
    for (int i = 0; i < got.size(); i++) {
      Value value = got.get(i);
      boolean number = types.charAt(i) != 'T' && value.object() instanceof Number;
      if (number
          ? !sameNumber(expected.get(i), value, types.charAt(i) == 'R')
          : !expected.get(i).equals(value.text())) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameNumber(String expected, Value got, boolean tolerant) {
    if (expected.equals(got.text())) {
      return true;
    }
    try {
      if (got.object() instanceof Double || got.object() instanceof Float) {
        double right = ((Number) got.object()).doubleValue();
        double left = Double.parseDouble(expected);
        return Math.abs(left - right)
            <= FLOAT_TOLERANCE * Math.max(Math.abs(left), Math.abs(right));
      }
      BigDecimal left = new BigDecimal(expected);
      BigDecimal right = new BigDecimal(got.text());
      return tolerant
          ? left.subtract(right)
                  .abs()
                  .compareTo(DECIMAL_TOLERANCE.multiply(left.abs().max(right.abs())))
              <= 0
          : left.compareTo(right) == 0;
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }

  private String describe(List<List<Value>> got) {
    return Differing.describe(
        rows.stream().map(row -> String.join("\t", row)).toList(),
        got.stream().map(row -> String.join("\t", texts(row))).toList(),
        sort != SortMode.NOSORT);
  }
}

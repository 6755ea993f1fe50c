package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.DataType;

/** A DATE compared with a constant TIMESTAMP: the same rows, without converting any of them. */
class CompareDatesTest {
  private static final List<String> OPERATORS =
      List.of("<", "<=", ">", ">=", "=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM");
  private static final List<String> MOMENTS =
      List.of(
          "TIMESTAMP '2024-03-01 00:00:00'",
          "TIMESTAMP '2024-03-01 12:30:00'",
          "(DATE '2024-02-01' + INTERVAL '29 days')",
          "(DATE '1969-12-31' + INTERVAL '1 hour')",
          "TIMESTAMP 'infinity'",
          "CAST(NULL AS TIMESTAMP)");

  @Test
  void where_dateAgainstTimestamp_findsTheSameRowsWithAndWithoutThePass() {
    try (TestBed bed = new TestBed(1)) {
      TableDefinition days =
          bed.shared("days", List.of(0), "id", DataType.INTEGER, "day", DataType.DATE);
      LocalDate[] values = {
        LocalDate.of(2024, 2, 29),
        LocalDate.of(2024, 3, 1),
        LocalDate.of(2024, 3, 2),
        LocalDate.of(1969, 12, 31),
        LocalDate.of(1970, 1, 1),
        LocalDate.MAX,
        LocalDate.MIN,
        null
      };
      for (int i = 0; i < values.length; i++) {
        bed.reader().insert(days, null, i, values[i]);
      }
      for (String operator : OPERATORS) {
        for (String moment : MOMENTS) {
          for (String condition :
              List.of("day " + operator + " " + moment, moment + " " + operator + " day")) {
            String sql = "SELECT id FROM days WHERE " + condition + " ORDER BY id";
            assertThat(bed.withOptimizer().query(sql))
                .as(condition)
                .isEqualTo(bed.without("CompareDates").query(sql));
          }
        }
      }
    }
  }

  @Test
  void where_dateAgainstDatePlusInterval_comparesDates() {
    try (TestBed bed = new TestBed(1)) {
      bed.shared("days", List.of(0), "id", DataType.INTEGER, "day", DataType.DATE);
      assertThat(
              bed.explain(
                  "SELECT id FROM days WHERE day < DATE '2024-01-01' + INTERVAL '1 year'"
                      + " AND day >= TIMESTAMP '2023-01-01 01:00:00'"))
          .contains("day < '2025-01-01'")
          .contains("day > '2023-01-01'")
          .doesNotContain(":00");
    }
  }
}

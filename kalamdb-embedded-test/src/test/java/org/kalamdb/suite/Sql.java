package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;

/** Statements and their results as short texts, for tests that list many. */
final class Sql {
  private Sql() {}

  /** The result's rows: {@code 1|a}, NULL as {@code null}, arrays by their elements. */
  static List<String> rows(Session session, String sql, Object... parameters) {
    return session.query(sql, parameters).list().stream()
        .map(Sql::text)
        .collect(Collectors.toList());
  }

  /** The one value of the one row. */
  static Object value(Session session, String sql, Object... parameters) {
    Row row = session.query(sql, parameters).single();
    assertThat(row.size()).as("columns of " + sql).isEqualTo(1);
    return row.get(0);
  }

  static long count(Session session, String table) {
    return (Long) value(session, "SELECT count(*) FROM " + table);
  }

  static String text(Row row) {
    return Arrays.stream(row.toArray())
        .map(
            value -> {
              String text = Arrays.deepToString(new Object[] {value});
              return text.substring(1, text.length() - 1);
            })
        .collect(Collectors.joining("|"));
  }

  /** Runs what must fail with this SQLSTATE and returns the error. */
  static KalamException refused(String sqlState, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).as("expected SQLSTATE " + sqlState).isInstanceOf(KalamException.class);
    KalamException error = (KalamException) thrown;
    assertThat(error.sqlState()).as(error.getMessage()).isEqualTo(sqlState);
    return error;
  }
}

package org.kalamdb.slt;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.Row;

/** The rows a query must return, in the form of one of the two file formats. */
sealed interface ExpectedRows extends SltRecord.Expectation permits CanonicalRows, SqliteRows {
  /** One letter a column: I, R or T. */
  String types();

  /** What is wrong with these rows; null if they are as expected. */
  @Nullable String mismatch(List<Row> rows);
}

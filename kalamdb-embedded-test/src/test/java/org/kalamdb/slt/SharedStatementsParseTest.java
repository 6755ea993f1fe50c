package org.kalamdb.slt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.parse.SqlParser;

/**
 * PostgreSQL takes every statement of the third-party records. So does our grammar; what there is
 * none of here is refused as not supported, and written down.
 */
class SharedStatementsParseTest {
  /** Features that are refused by the parser. */
  private static final Set<String> REFUSED =
      Set.of(
          "bit string is not supported",
          "CREATE TEMP is not supported",
          "CREATE TEMPORARY is not supported",
          "CREATE RECURSIVE is not supported",
          "WITH [NO] DATA is not supported",
          "ALTER VIEW is not supported",
          "USING in ALTER COLUMN TYPE is not supported",
          "a column list with CREATE TABLE AS is not supported");

  /** A no-break space alone: a client has cut it off before PostgreSQL saw it. */
  private static final String NO_STATEMENT = "duckdb/sql_parser/invisible_spaces.slt";

  @Test
  void parse_statementsPostgresqlTakes_refusesNoneButByFeature() throws IOException {
    Path root = SqlFilesTest.sharedRoot();
    assumeTrue(Files.isDirectory(root), "no third-party records here");
    List<String> refused = new ArrayList<>();
    int statements = 0;
    for (Path file : SltFolder.files(root)) {
      if (root.relativize(file).equals(Path.of(NO_STATEMENT))) {
        continue;
      }
      for (SltRecord record : SltReader.read(file).records()) {
        if (!(record.expectation() instanceof SltRecord.Failure)) {
          statements++;
          KalamException error = error(record.sql());
          if (error != null && !isFeature(error)) {
            refused.add(root.relativize(file) + ":" + record.line() + " " + describe(error));
          }
        }
      }
    }
    assertThat(statements).isGreaterThan(10_000);
    assertThat(refused).isEmpty();
  }

  private static boolean isFeature(KalamException error) {
    return error.code() == ErrorCode.FEATURE_NOT_SUPPORTED && REFUSED.contains(error.reason());
  }

  private static KalamException error(String sql) {
    try {
      SqlParser.parse(sql);
      return null;
    } catch (KalamException e) {
      return e;
    }
  }

  private static String describe(KalamException e) {
    return e.sqlState() + " " + e.line() + ":" + e.column() + " " + e.reason();
  }
}

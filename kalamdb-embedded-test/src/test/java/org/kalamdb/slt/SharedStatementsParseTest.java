package org.kalamdb.slt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.parse.SqlParser;

/** PostgreSQL takes every statement of the third-party records, so our grammar does. */
class SharedStatementsParseTest {
  @Test
  void parse_statementsPostgresqlTakes_isRefusedForNone() throws IOException {
    Path root = SqlFilesTest.sharedRoot();
    assumeTrue(Files.isDirectory(root), "no third-party records here");
    List<String> refused = new ArrayList<>();
    int statements = 0;
    for (Path file : SltFolder.files(root)) {
      for (SltRecord record : SltReader.read(file).records()) {
        if (!(record.expectation() instanceof SltRecord.Failure)) {
          statements++;
          try {
            SqlParser.parse(record.sql());
          } catch (KalamException e) {
            refused.add(
                root.relativize(file)
                    + ":"
                    + record.line()
                    + " "
                    + e.sqlState()
                    + " "
                    + e.line()
                    + ":"
                    + e.column()
                    + " "
                    + e.reason()
                    + "\n"
                    + record.sql());
          }
        }
      }
    }
    assertThat(statements).isGreaterThan(10_000);
    assertThat(refused).isEmpty();
  }
}

package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.FunctionEntry;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;

/** Holds docs/reference/functions.md to the registries, and its examples to what they give. */
@ExtendWith(TemporaryDatabase.class)
class FunctionReferenceTest {
  private static final String REWRITE = "kalamdb.rewriteReference";
  private static final Path PAGE = Path.of("..", "docs", "reference", "functions.md");

  @Test
  void page_isWhatTheRegistriesSay() throws IOException {
    String page = FunctionReference.page();
    if (Boolean.getBoolean(REWRITE)) {
      Files.writeString(PAGE, page);
    }
    assertThat(Files.readString(PAGE))
        .as(
            "docs/reference/functions.md is stale; rewrite it with: mvn -Dquick test -pl"
                + " kalamdb-embedded,kalamdb-embedded-test -Dtest=FunctionReferenceTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -D"
                + REWRITE
                + "=true")
        .isEqualTo(page);
  }

  @Test
  void examples_giveTheResultsShown(KalamDB db) {
    List<String> wrong = new ArrayList<>();
    try (Session session = db.session()) {
      for (FunctionEntry entry : FunctionReference.entries()) {
        String actual = evaluate(session, entry.example());
        String wanted = entry.result();
        boolean right = wanted == null ? !actual.startsWith("ERROR") : wanted.equals(actual);
        if (!right) {
          wrong.add(entry.name() + ": " + entry.example() + " gives " + actual + ", not " + wanted);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** The first column of the rows as text, or the error. */
  private static String evaluate(Session session, String example) {
    try (Result result = session.query("SELECT " + example)) {
      List<String> rows = new ArrayList<>();
      for (Row row : result.list()) {
        Object value = row.get(0);
        rows.add(value == null ? "NULL" : Values.format(value, result.columns().get(0).type()));
      }
      return String.join(", ", rows);
    } catch (KalamException e) {
      return "ERROR " + e.sqlState() + ": " + e.getMessage();
    }
  }
}

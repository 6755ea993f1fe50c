package org.kalamdb.internal.sql.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.error.KalamException;

/**
 * Statements and what becomes of them, by topic: a line of SQL ({@code \n} is a line break), then
 * its tree, or {@code !} with SQLSTATE, line and column.
 */
class ParserTableTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"expressions", "queries", "writes", "definitions", "commands", "refusals"})
  void parse_everyStatementOfTopic_givesTreeOrError(String topic) throws IOException {
    List<String> lines = lines("/org/kalamdb/internal/sql/parse/" + topic + ".txt");
    SoftAssertions all = new SoftAssertions();
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      String sql = lines.get(i).replace("\\n", "\n");
      all.assertThat(outcome(sql)).as(sql).isEqualTo(lines.get(i + 1).strip());
    }
    assertThat(lines.size()).isPositive().matches(size -> size % 2 == 0, "pairs of lines");
    all.assertAll();
  }

  static String outcome(String sql) {
    try {
      return SqlParser.parse(sql).stream()
          .map(ParserTableTest::print)
          .collect(Collectors.joining(" ; "));
    } catch (KalamException e) {
      return "! " + e.sqlState() + " " + e.line() + ":" + e.column() + " " + e.reason();
    }
  }

  private static String print(ParsedStatement s) {
    String tree = TreePrinter.print(s.statement()).replace("\n", "\\n");
    return s.parameterCount() == 0 ? tree : tree + " #" + s.parameterCount();
  }

  private static List<String> lines(String resource) throws IOException {
    try (InputStream in = ParserTableTest.class.getResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      List<String> lines = new ArrayList<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.isBlank()) {
          lines.add(line);
        }
      }
      return lines;
    }
  }
}

package org.kalamdb.benchmarks.tpch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;

/**
 * The 22 queries of TPC-H give DuckDB's answers on the same rows: all hot, half of them flushed,
 * all flushed.
 */
class TpchTest {
  private static final KalamOptions OPTIONS =
      KalamOptions.builder().durability(Durability.NONE).build();

  @TempDir Path directory;

  @Test
  void queriesAtScaleOneHundredth_answerAsDuckDbDoes() throws Exception {
    assertAnswersAgree(0.01);
  }

  @Test
  @EnabledIfSystemProperty(named = "kalamdb.slow", matches = "true")
  void queriesAtScaleOneTenth_answerAsDuckDbDoes() throws Exception {
    assertAnswersAgree(0.1);
  }

  @Test
  @EnabledIfSystemProperty(named = "kalamdb.slow", matches = "true")
  void queriesAtScaleOne_answerAsDuckDbDoes() throws Exception {
    assertAnswersAgree(1);
  }

  private void assertAnswersAgree(double scale) throws Exception {
    try (KalamDB db = KalamDB.open(directory, OPTIONS);
        Session session = db.session()) {
      load(session, "cold", scale, 1).flush();
      List<List<@Nullable Object[]>> answers = new ArrayList<>();
      try (DuckDbTpch duck = new DuckDbTpch(directory, "cold", 2)) {
        for (String query : TpchQueries.queries(scale)) {
          answers.add(duck.query(query));
        }
      }
      SoftAssertions differences = new SoftAssertions();
      compare(session, "cold", scale, answers, differences);
      TpchLoader mixed = load(session, "mixed", scale, 2);
      mixed.flush();
      mixed.load(1, 2, (table, rows) -> {});
      compare(session, "mixed", scale, answers, differences);
      load(session, "hot", scale, 1);
      compare(session, "hot", scale, answers, differences);
      differences.assertAll();
    }
  }

  private static TpchLoader load(Session session, String namespace, double scale, int step) {
    TpchLoader loader = new TpchLoader(session, namespace, scale);
    loader.createTables();
    loader.load(0, step, (table, rows) -> {});
    return loader;
  }

  private static void compare(
      Session session,
      String state,
      double scale,
      List<List<@Nullable Object[]>> answers,
      SoftAssertions differences) {
    for (int number = 1; number <= TpchQueries.COUNT; number++) {
      String query = TpchQueries.query(number, scale);
      String difference;
      try {
        List<@Nullable Object[]> ours = session.query(query).stream().map(Row::toArray).toList();
        difference = Answer.difference(ours, answers.get(number - 1));
      } catch (KalamException e) {
        difference = e.getMessage();
      }
      differences.assertThat(difference).as("query %d, %s", number, state).isNull();
    }
  }
}

package org.kalamdb.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.kalamdb.differential.Judge.Hearing;
import org.kalamdb.differential.Judge.Verdict;

/**
 * KalamDB answers random queries as DuckDB and H2 do, and the same wherever its rows are. A failure
 * names a seed; {@code -Dkalamdb.differential.seed=N} runs that world alone, {@code
 * -Dkalamdb.differential.queries=N} sets how many queries there are.
 */
class DifferentialTest {
  private static final int QUERIES_PER_WORLD = 50;
  private static final int SHRUNK = 3;

  /** Prints what nobody judges and how far the run is. */
  private static final String VERBOSE = "kalamdb.differential.verbose";

  @Test
  void randomQueries_agreeWithRivals() throws SQLException {
    Long given = Long.getLong("kalamdb.differential.seed");
    int queries =
        Integer.getInteger(
            "kalamdb.differential.queries", Boolean.getBoolean("kalamdb.slow") ? 100_000 : 2_000);
    long seed = given != null ? given : ThreadLocalRandom.current().nextInt(1_000_000_000);
    boolean one = given != null && Integer.getInteger("kalamdb.differential.queries") == null;
    int worlds = one ? 1 : Math.max(1, queries / QUERIES_PER_WORLD);
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    List<String> reports = new ArrayList<>();
    for (int world = 0; world < worlds; world++) {
      run(seed + world, verdicts, reports);
      if (Boolean.getBoolean(VERBOSE)) {
        System.out.println("world " + world + ": " + verdicts);
      }
    }
    System.out.println("Differential, seed " + seed + ": " + verdicts);
    assertThat(reports).as("disagreements, seed " + seed).isEmpty();
    if (!one) {
      assertThat(verdicts.getOrDefault(Verdict.REFUSED, 0))
          .as("queries that we do not support, seed " + seed)
          .isLessThanOrEqualTo(queries / 200);
      assertThat(verdicts.getOrDefault(Verdict.ALONE, 0))
          .as("queries that nobody judges, seed " + seed)
          .isLessThanOrEqualTo(queries / 100);
      assertThat(verdicts.getOrDefault(Verdict.TOO_LONG, 0))
          .as("queries that take too long, seed " + seed)
          .isLessThanOrEqualTo(1 + queries / 1_000);
    }
  }

  private static void run(long seed, Map<Verdict, Integer> verdicts, List<String> reports)
      throws SQLException {
    Random random = new Random(seed);
    World world = World.random(random);
    QueryGenerator generator = new QueryGenerator(random, world);
    Map<Query, Boolean> suspects = new LinkedHashMap<>();
    try (Judge judge = new Judge(world)) {
      for (int i = 0; i < QUERIES_PER_WORLD; i++) {
        Query query = generator.query();
        Hearing hearing = judge.hear(query);
        verdicts.merge(hearing.verdict(), 1, Integer::sum);
        if (hearing.verdict() == Verdict.DISAGREED) {
          suspects.put(query, hearing.failed());
        }
        if (hearing.verdict() == Verdict.DISAGREED && Boolean.getBoolean(VERBOSE)) {
          System.out.println("DISAGREED " + hearing.report());
        }
        if ((hearing.verdict() == Verdict.REFUSED
                || hearing.verdict() == Verdict.ALONE
                || hearing.verdict() == Verdict.TOO_LONG)
            && Boolean.getBoolean(VERBOSE)) {
          System.out.println(hearing.report());
        }
      }
    }
    for (Map.Entry<Query, Boolean> suspect : suspects.entrySet()) {
      if (reports.size() < SHRUNK) {
        reports.add(
            "seed " + seed + "\n" + Shrinker.shrink(world, suspect.getKey(), suspect.getValue()));
      }
    }
  }
}

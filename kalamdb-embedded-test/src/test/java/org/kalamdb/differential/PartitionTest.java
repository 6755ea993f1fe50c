package org.kalamdb.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.kalamdb.differential.OwnDatabase.Tier;
import org.kalamdb.differential.Query.Select;
import org.kalamdb.differential.QueryGenerator.Partition;

/**
 * What a query must say about itself, without another database: a condition is true, false or
 * unknown for each row, so the three answers make up the whole one (ternary logic partitioning,
 * Rigger and Su 2020); and as many rows pass it as it is true for when computed beside them (NoREC,
 * by the same).
 */
class PartitionTest {
  private static final int WORLDS = 20;
  private static final int QUERIES_PER_WORLD = 25;

  @Test
  void conditionAndItsOpposites_makeUpTheWhole() {
    Long given = Long.getLong("kalamdb.differential.seed");
    long seed = given != null ? given : ThreadLocalRandom.current().nextInt(1_000_000_000);
    int answered = 0;
    List<String> failures = new ArrayList<>();
    for (int world = 0; world < (given != null ? 1 : WORLDS); world++) {
      Random random = new Random(seed + world);
      World tables = World.random(random);
      QueryGenerator generator = new QueryGenerator(random, tables);
      Tier tier = Tier.values()[world % Tier.values().length];
      try (OwnDatabase database = new OwnDatabase(tables, tier)) {
        for (int i = 0; i < QUERIES_PER_WORLD; i++) {
          answered += check(database, generator.partition(), seed + world, failures) ? 1 : 0;
        }
      }
    }
    System.out.println("Partitions, seed " + seed + ": " + answered + " answered");
    assertThat(failures).as("seed " + seed).isEmpty();
    assertThat(answered).isPositive();
  }

  private static boolean check(
      OwnDatabase database, Partition partition, long seed, List<String> failures) {
    Select all = partition.all();
    Expr condition = partition.condition();
    String whole = all.sql(Dialect.KALAMDB);
    String split =
        String.join(
            " UNION ALL ",
            all.where(condition).sql(Dialect.KALAMDB),
            all.where(Expr.of(SqlType.BOOLEAN, "(NOT {0})", condition)).sql(Dialect.KALAMDB),
            all.where(Expr.of(SqlType.BOOLEAN, "(({0}) IS NULL)", condition)).sql(Dialect.KALAMDB));
    Select counted = all.items(List.of(Expr.leaf(SqlType.BIGINT, "COUNT(*)")));
    Select summed =
        all.items(
            List.of(
                Expr.of(
                    SqlType.BIGINT,
                    "COALESCE(SUM(CASE WHEN {0} THEN 1 ELSE 0 END), 0)",
                    condition)));
    return agree(database, whole, split, seed, failures)
        & agree(
            database,
            counted.where(condition).sql(Dialect.KALAMDB),
            summed.sql(Dialect.KALAMDB),
            seed,
            failures);
  }

  /** False if either is refused. */
  private static boolean agree(
      OwnDatabase database, String one, String other, long seed, List<String> failures) {
    Answer left = database.ask(one);
    Answer right = database.ask(other);
    if (left.refused() || right.refused()) {
      return false;
    }
    if (!left.agrees(right, false)) {
      failures.add(
          String.join(
              "\n", "seed " + seed, one, left.text(false), "but", other, right.text(false)));
    }
    return true;
  }
}

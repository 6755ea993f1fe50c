package org.kalamdb.histories;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.Isolation;
import org.kalamdb.histories.Anomaly.Kind;
import org.kalamdb.histories.History.Transaction;
import org.kalamdb.test.TestDatabase;

/**
 * What isolation levels promise, held to histories of random transactions on hot and cold rows. Run
 * longer with {@code -Dkalamdb.histories.transactions=100000 -Dkalamdb.histories.seed=7}.
 */
class HistoriesTest {
  private static final int TRANSACTIONS =
      Integer.getInteger(
          "kalamdb.histories.transactions", Boolean.getBoolean("kalamdb.slow") ? 36_000 : 2500);
  private static final long SEED = Long.getLong("kalamdb.histories.seed", 1);

  /** What a level does not promise to prevent. */
  private static Set<Kind> allowed(Isolation isolation) {
    return switch (isolation) {
      case READ_COMMITTED ->
          EnumSet.of(Kind.P4, Kind.G_SINGLE, Kind.G_NONADJACENT, Kind.G2, Kind.REAL_TIME);
      case SNAPSHOT -> EnumSet.of(Kind.G2, Kind.REAL_TIME);
      case SERIALIZABLE -> EnumSet.noneOf(Kind.class);
    };
  }

  @ParameterizedTest
  @EnumSource(Isolation.class)
  void histories_ofManyThreads_keepWhatTheLevelPromises(Isolation isolation) throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      HistoryRun.createTables(database.db());
      HistoryRun run = new HistoryRun(database.db(), isolation, SEED, TRANSACTIONS);
      History history = run.run();
      Transaction end = run.readAll("end");
      history.add(end);

      Set<Kind> allowed = allowed(isolation);
      List<Anomaly> anomalies = HistoryChecker.check(history);
      System.out.printf(
          "%s, seed %d: %d transactions, %d refused, seen %s%n",
          isolation,
          SEED,
          history.transactions().size(),
          run.refused(),
          anomalies.stream().map(Anomaly::kind).distinct().toList());
      assertThat(anomalies)
          .as(isolation + ", seed " + SEED)
          .allMatch(a -> allowed.contains(a.kind()));
      assertThat(history.transactions().stream().filter(Transaction::committed).count())
          .isGreaterThan(TRANSACTIONS / 4);

      run.reopened(database.reopen());
      assertThat(values(run.readAll("reopened"))).isEqualTo(values(end));
    }
  }

  private static List<List<Integer>> values(Transaction transaction) {
    return transaction.operations().stream().map(o -> ((History.Read) o).values()).toList();
  }
}

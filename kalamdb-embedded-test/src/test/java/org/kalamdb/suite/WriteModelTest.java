package org.kalamdb.suite;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.test.TestDatabase;

/**
 * Random histories of all forms of writes with flushes, reopens, indexes, transactions and files in
 * between: each statement ends as the model says, and the rows are the model's. {@code
 * -Dkalamdb.writes.seed=n} repeats a run, {@code -Dkalamdb.writes.histories=n} sets how many: 4, or
 * 100 in the slow profile.
 */
class WriteModelTest {
  private static final int HISTORIES =
      Integer.getInteger("kalamdb.writes.histories", Boolean.getBoolean("kalamdb.slow") ? 100 : 4);
  private static final int STEPS = 120;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void history_ofWrites_agreesWithTheModel(boolean perUser) {
    long first = Long.getLong("kalamdb.writes.seed", 20_261_121L);
    for (int i = 0; i < HISTORIES; i++) {
      run(perUser, new Random(first + i).nextLong(), first + i);
    }
  }

  private static void run(boolean perUser, long seed, long name) {
    try (TestDatabase database = TestDatabase.create();
        WriteHistory history = new WriteHistory(database, perUser, seed)) {
      String what = "the beginning";
      for (int i = 0; i < STEPS; i++) {
        try {
          what = history.step();
          history.check();
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(
              "-Dkalamdb.writes.seed=" + name + ": step " + i + " or after " + what, e);
        }
      }
      history.reopen();
      history.check();
    }
  }
}

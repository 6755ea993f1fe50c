package org.kalamdb.suite;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.kalamdb.test.TestDatabase;

/**
 * Random histories of a parent and a child table with UNIQUE, FOREIGN KEY and CHECK, indexes that
 * come and go, columns that are added and dropped, flushes and reopens: each statement ends as the
 * model says, and rows are the model's by scan, by index and in index order.
 */
class ConstraintModelProperties {
  @Property(tries = 20, shrinking = ShrinkingMode.BOUNDED)
  void history_ofConstrainedTables_agreesWithTheModel(
      @ForAll boolean perUser,
      @ForAll @IntRange(max = 2) int action,
      @ForAll long seed,
      @ForAll @IntRange(min = 20, max = 120) int steps) {
    try (TestDatabase database = TestDatabase.create();
        ConstraintHistory history = new ConstraintHistory(database, perUser, action, seed)) {
      for (int i = 0; i < steps; i++) {
        String what = history.step();
        try {
          history.check();
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError("After step " + i + ", " + what + ", seed " + seed, e);
        }
      }
      history.reopen();
      history.check();
    }
  }
}

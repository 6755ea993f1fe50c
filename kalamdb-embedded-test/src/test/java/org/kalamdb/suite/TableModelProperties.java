package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.kalamdb.Durability;
import org.kalamdb.KalamOptions;
import org.kalamdb.query.Row;
import org.kalamdb.test.TestDatabase;

/**
 * Random histories of a table against a sorted map: whatever is inserted, moved, deleted, refused,
 * rolled back, flushed and reopened, each user's rows are what the map says. A failing try prints
 * its shape, seed and number of steps, which jqwik shrinks; {@link #replay} runs one again.
 */
class TableModelProperties {
  @Property(tries = 24, shrinking = ShrinkingMode.BOUNDED)
  void history_ofAnyShape_agreesWithTheModel(
      @ForAll("shapes") TableShape shape,
      @ForAll long seed,
      @ForAll @IntRange(min = 10, max = 60) int steps) {
    run(shape, seed, steps, Durability.NONE);
  }

  @Property(tries = 2, shrinking = ShrinkingMode.OFF)
  void history_withSyncedCommits_agreesWithTheModel(
      @ForAll("shapes") TableShape shape, @ForAll long seed) {
    run(shape, seed, 30, Durability.SYNC);
  }

  @Provide
  Arbitrary<TableShape> shapes() {
    return Arbitraries.of(TableShape.all());
  }

  private static void run(TableShape shape, long seed, int steps, Durability durability) {
    KalamOptions options = KalamOptions.builder().durability(durability).build();
    try (TestDatabase database = TestDatabase.create(options)) {
      replay(database, shape, seed, steps);
    }
  }

  /** One history; the same arguments give the same statements. */
  private static void replay(TestDatabase database, TableShape shape, long seed, int steps) {
    database.db().execute("CREATE NAMESPACE m; " + shape.createTable());
    try (TableHistory history = new TableHistory(database, shape, seed)) {
      for (int i = 0; i < steps; i++) {
        String what = history.step();
        try {
          history.check();
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(
              "After step " + i + ", " + what + ", seed " + seed + ", " + shape, e);
        }
      }
      history.reopen();
      history.check();
    }
  }

  /** Rows of one user: by key, in the order of keys. */
  static final class Model {
    private final TreeMap<List<Object>, Object[]> rows;

    Model(TableShape shape) {
      rows = new TreeMap<>(shape.keyOrder());
    }

    Model(Model other) {
      rows = new TreeMap<>(other.rows.comparator());
      rows.putAll(other.rows);
    }

    Map<List<Object>, Object[]> rows() {
      return rows;
    }

    List<List<Object>> keys() {
      return new ArrayList<>(rows.keySet());
    }

    List<Object[]> lastRows(int count) {
      return rows.descendingMap().values().stream().limit(count).toList();
    }
  }

  /** Equal row by row, values by content. */
  static void assertRows(String what, List<Row> rows, List<Object[]> expected) {
    List<String> got = rows.stream().map(row -> Arrays.deepToString(row.toArray())).toList();
    List<String> want = expected.stream().map(Arrays::deepToString).toList();
    assertThat(got).as(what).isEqualTo(want);
  }
}

package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
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
 * Random histories of a table against a sorted map: whatever is inserted, moved, deleted, altered,
 * refused, rolled back, flushed, compacted and reopened, each user's rows are what the map says,
 * and deleted ones are seen as long as they are retained. A failing try prints its shape, seed and
 * number of steps, which jqwik shrinks; {@link #replay} runs one again.
 */
class TableModelProperties {
  /** Steps after which the database itself is looked through. */
  private static final int CHECKED_EVERY = 8;

  @Property(tries = 24, shrinking = ShrinkingMode.BOUNDED)
  void history_ofAnyShape_agreesWithTheModel(
      @ForAll("shapes") TableShape shape,
      @ForAll long seed,
      @ForAll @IntRange(min = 10, max = 90) int steps) {
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
    HandClock clock = new HandClock();
    KalamOptions options = KalamOptions.builder().durability(durability).clock(clock).build();
    try (TestDatabase database = TestDatabase.create(options)) {
      replay(database, clock, shape, seed, steps);
    }
  }

  /** One history; the same arguments give the same statements. */
  private static void replay(
      TestDatabase database, HandClock clock, TableShape shape, long seed, int steps) {
    database.db().execute("CREATE NAMESPACE m; " + shape.createTable());
    try (TableHistory history = new TableHistory(database, clock, shape, seed)) {
      for (int i = 0; i < steps; i++) {
        String what = history.step();
        try {
          history.check();
          if (i % CHECKED_EVERY == 0) {
            assertThat(database.db().check().problems()).isEmpty();
          }
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(
              "After step " + i + ", " + what + ", seed " + seed + ", " + shape, e);
        }
      }
      history.reopen();
      history.check();
    }
  }

  /** Rows of one user: by key, in the order of keys; and those deleted that may still be seen. */
  static final class Model {
    private final TableShape shape;
    private final TreeMap<List<Object>, Object[]> rows;
    private final TreeMap<List<Object>, Deleted> deleted;
    private final TreeMap<List<Object>, Long> since;

    /**
     * A row that has gone.
     *
     * @param millis when
     * @param certain whether it must be seen until its retention ends, and with these values
     */
    record Deleted(Object[] row, long millis, boolean certain) {}

    Model(TableShape shape) {
      this.shape = shape;
      rows = new TreeMap<>(shape.keyOrder());
      deleted = new TreeMap<>(shape.keyOrder());
      since = new TreeMap<>(shape.keyOrder());
    }

    Model(Model other) {
      this(other.shape);
      rows.putAll(other.rows);
      deleted.putAll(other.deleted);
      since.putAll(other.since);
    }

    /** To look at; changed by {@link #put} and {@link #delete}. */
    Map<List<Object>, Object[]> rows() {
      return Collections.unmodifiableMap(rows);
    }

    Map<List<Object>, Deleted> deleted() {
      return Collections.unmodifiableMap(deleted);
    }

    void put(List<Object> key, Object[] row, long millis) {
      rows.put(key, row);
      since.put(key, millis);
      deleted.remove(key);
    }

    /** Takes out the rows that were put at or before a time. */
    void expire(long millis) {
      rows.keySet().removeIf(key -> since.get(key) <= millis);
    }

    /** Whether there was such a row. */
    boolean delete(List<Object> key, long millis, boolean certain) {
      Object[] row = rows.remove(key);
      if (row != null) {
        deleted.put(key, new Deleted(row, millis, certain));
      }
      return row != null;
    }

    /** All rows as they are after the table was altered. */
    void replaceRows(UnaryOperator<Object[]> change) {
      rows.replaceAll((key, row) -> change.apply(row));
      deleted.replaceAll(
          (key, gone) -> new Deleted(change.apply(gone.row()), gone.millis(), gone.certain()));
    }

    /** Appends a column computed from {@code a}. */
    void computeAnew() {
      replaceRows(
          row ->
              AddedColumns.appending(AddedColumns.computed((Integer) row[shape.indexOf("a")]))
                  .apply(row));
    }

    /** The rows were written anew, and none of those that had gone. */
    void forgetDeleted() {
      deleted.clear();
    }

    /** Rows that had gone may or may not be seen. */
    void mayForgetDeleted() {
      deleted.replaceAll((key, gone) -> new Deleted(gone.row(), gone.millis(), false));
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

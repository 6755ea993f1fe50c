package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.SubscriptionOptions;

/**
 * Random histories of transactions: after every commit each listener's rows are those of a query.
 */
class LiveQueryHistoryProperties {
  /** Sets or, without a value, deletes a row. */
  record Write(long id, @Nullable Integer group, @Nullable String value) {}

  @Provide
  Arbitrary<List<List<Write>>> histories() {
    Arbitrary<Write> write =
        Combinators.combine(
                Arbitraries.longs().between(0, 5),
                Arbitraries.integers().between(0, 2).injectNull(0.2),
                Arbitraries.of("a", "b").injectNull(0.3))
            .as(Write::new);
    return write.list().ofMinSize(1).ofMaxSize(12).list().ofMinSize(1).ofMaxSize(12);
  }

  @Property(tries = 300, shrinking = ShrinkingMode.BOUNDED)
  void snapshotAndChanges_afterEveryCommit_equalAFreshQuery(
      @ForAll("histories") List<List<Write>> history) throws Exception {
    ChangeFeed feed = new ChangeFeed(0);
    LiveQueries live = new LiveQueries(1L << 30);
    feed.register(live);
    ModelTable table = new ModelTable(1, null, feed, new ModelTable.Clock());
    List<Predicate<Object[]>> filters =
        List.of(
            row -> true,
            row -> Objects.equals(1, row[1]),
            row -> "a".equals(row[2]),
            row -> Objects.equals(0, row[1]) || Objects.equals(2, row[1]));
    List<FoldingListener> listeners = new ArrayList<>();
    for (int i = 0; i < filters.size(); i++) {
      FoldingListener listener = new FoldingListener();
      EqualityCondition condition =
          i == 1
              ? new EqualityCondition(2, 1)
              : i == 3 ? new EqualityCondition(2, Set.of(0, 2)) : null;
      live.subscribe(
          table.request(
              new ModelTable.RowFilter(table.definition, filters.get(i), condition), null),
          SubscriptionOptions.defaults(),
          listener);
      listener.awaitReady();
      listeners.add(listener);
    }
    for (List<Write> transaction : history) {
      List<TreeMap<Long, List<@Nullable Object>>> before =
          filters.stream().map(table::select).toList();
      long seq = table.commit(tx -> transaction.forEach(write -> apply(tx, write)));
      for (int i = 0; i < filters.size(); i++) {
        TreeMap<Long, List<@Nullable Object>> after = table.select(filters.get(i));
        FoldingListener listener = listeners.get(i);
        int keysChanged = differences(before.get(i), after);
        if (keysChanged > 0) {
          listener.awaitSeq(seq);
        }
        assertThat(listener.rows()).isEqualTo(after);
        List<RowChange> changes = listener.takeChanges();
        assertThat(changes).hasSize(keysChanged);
      }
    }
    assertThat(live.closeAll("over", Duration.ofSeconds(10))).isEmpty();
    listeners.forEach(FoldingListener::assertNoComplaints);
  }

  private static void apply(ModelTable.Tx tx, Write write) {
    if (write.value == null) {
      tx.delete(write.id);
    } else {
      tx.put(write.id, write.group, write.value);
    }
  }

  private static int differences(
      TreeMap<Long, List<@Nullable Object>> before, TreeMap<Long, List<@Nullable Object>> after) {
    int count = 0;
    for (long id = 0; id <= 5; id++) {
      if (!Objects.equals(before.get(id), after.get(id))) {
        count++;
      }
    }
    return count;
  }
}

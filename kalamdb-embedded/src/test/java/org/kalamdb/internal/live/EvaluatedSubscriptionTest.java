package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.DataType;

class EvaluatedSubscriptionTest {
  private static final List<ResultColumn> RESULT =
      List.of(
          new ResultColumn("id", DataType.BIGINT, null, null, false),
          new ResultColumn("seven", DataType.BOOLEAN, null, null, true),
          new ResultColumn("_seq", DataType.BIGINT, null, null, false));

  @Test
  void subscription_filtersAndProjectsWithTheEvaluator_andFreesItsMemory() {
    ChangeFeed feed = new ChangeFeed(0);
    LiveQueries live = new LiveQueries(1L << 30);
    feed.register(live);
    ModelTable table = new ModelTable(1, null, feed, new ModelTable.Clock());
    Expression group = new Expression.Column(1, DataType.INTEGER, "grp");
    Expression above =
        comparison(
            Expression.ComparisonOperator.GREATER,
            group,
            new Expression.Parameter(0, DataType.INTEGER));
    Expression isSeven =
        comparison(
            Expression.ComparisonOperator.EQUAL,
            group,
            new Expression.Literal(7, DataType.INTEGER));
    List<String> told = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator()) {
      CompiledSubscription compiled =
          new EvaluatedSubscription(
              new RowQuery(
                  "test",
                  table.definition,
                  above,
                  List.of(
                      new Expression.Column(0, DataType.BIGINT, "id"),
                      isSeven,
                      new Expression.Column(3, DataType.BIGINT, "_seq")),
                  RESULT,
                  allocator,
                  (query, lastRows, batchSize) -> {
                    throw new AssertionError("rows come from elsewhere");
                  }),
              new QueryArguments(
                  new QueryArguments.Asker(
                      new SnowflakeIds(0), null, "dba", "default", ZoneOffset.UTC),
                  Instant.EPOCH,
                  List.of(5)));
      SnapshotSource source =
          table.source(new ModelTable.RowFilter(table.definition, row -> false, null));
      CountingListener ready = new CountingListener(told);
      live.subscribe(
          new SubscriptionRequest("sql", null, compiled, source, null),
          SubscriptionOptions.defaults(),
          ready);
      ready.await(1);
      table.put(1, 4, "no");
      table.put(1, 7, "yes");
      table.put(2, null, "no");
      table.put(1, 8, "still");
      ready.await(3);
      assertThat(allocator.getAllocatedMemory()).isPositive();
      assertThat(live.closeAll("over", Duration.ofSeconds(10))).isEmpty();
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
    assertThat(told)
        .containsExactly("ENTER {id=1, seven=true, _seq=2}", "UPDATE {id=1, seven=false, _seq=4}");
  }

  private static Expression comparison(
      Expression.ComparisonOperator operator, Expression left, Expression right) {
    return new Expression.Comparison(operator, left, right);
  }

  /** Counts events and writes down changes. */
  private static final class CountingListener implements ChangeListener {
    private final List<String> told;
    private final Semaphore events = new Semaphore(0);
    private int awaited;

    private CountingListener(List<String> told) {
      this.told = told;
    }

    @Override
    public void onEvent(ChangeEvent event) {
      if (event instanceof ChangeEvent.Changes changes) {
        changes.changes().forEach(change -> told.add(change.kind() + " " + change.newRow()));
      }
      events.release();
    }

    /** Waits until so many events have come in all. */
    private void await(int count) {
      try {
        assertThat(events.tryAcquire(count - awaited, 10, TimeUnit.SECONDS)).isTrue();
        awaited = count;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}

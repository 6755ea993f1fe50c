package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;

/** Subscriptions that begin while writers commit, thousands of times. */
@Timeout(60)
class LiveQuerySeamTest {
  private static final int WAVES = 40;
  private static final int SUBSCRIBERS = 60;
  private static final int COMMITS = 150;
  private static final int KEYS = 40;

  private final ChangeFeed feed = new ChangeFeed(0);
  private final LiveQueries live = new LiveQueries(1L << 30);
  private final ModelTable table = new ModelTable(1, null, feed, new ModelTable.Clock());

  private record Joined(
      FoldingListener listener, Predicate<Object[]> filter, Subscription subscription) {}

  @Test
  void subscribe_amongWriters_snapshotAndChangesMeetExactly() throws Exception {
    feed.register(live);
    int resets = 0;
    for (int wave = 0; wave < WAVES; wave++) {
      List<CompletableFuture<Void>> writers = new ArrayList<>();
      for (int w = 0; w < 2; w++) {
        SplittableRandom random = new SplittableRandom(wave * 10L + w);
        writers.add(CompletableFuture.runAsync(() -> write(random)));
      }
      List<Joined> joined = new ArrayList<>();
      SplittableRandom random = new SplittableRandom(wave);
      for (int i = 0; i < SUBSCRIBERS; i++) {
        joined.add(join(random));
      }
      for (CompletableFuture<Void> writer : writers) {
        writer.get();
      }
      String marker = "marker of wave " + wave;
      table.put(-1, null, marker);
      for (Joined each : joined) {
        each.listener.await(
            "the marker", fold -> fold.isReady() && marker.equals(fold.valueOf(-1)));
        assertThat(each.listener.rows()).isEqualTo(table.select(each.filter));
        each.subscription.close();
        each.listener.assertNoComplaints();
        resets += each.listener.resets();
      }
      table.delete(-1);
    }
    assertThat(live.closeAll("over", Duration.ofSeconds(10))).isEmpty();
    assertThat(ModelTable.OPEN).hasValue(0);
    assertThat(live.openSubscriptions()).isZero();
    // Some queues are so short that some listener must have fallen behind.
    assertThat(resets).isPositive();
  }

  private Joined join(SplittableRandom random) {
    int group = random.nextInt(4);
    Predicate<Object[]> filter =
        row -> (Long) row[0] < 0 || group == 3 || Integer.valueOf(group).equals(row[1]);
    Overflow overflow = random.nextInt(8) == 0 ? Overflow.BLOCK : Overflow.RESET;
    SubscriptionOptions options =
        SubscriptionOptions.defaults()
            .withBatchSize(1 + random.nextInt(20))
            .withQueue(1 + random.nextInt(random.nextBoolean() ? 2 : 1000), overflow);
    FoldingListener listener = new FoldingListener(false);
    ModelTable.RowFilter compiled = new ModelTable.RowFilter(table.definition, filter, null);
    // Sharing by group: the filters of one group are the same.
    Object shareKey = random.nextBoolean() ? "group " + group : null;
    return new Joined(
        listener, filter, live.subscribe(table.request(compiled, shareKey), options, listener));
  }

  private void write(SplittableRandom random) {
    for (int i = 0; i < COMMITS; i++) {
      table.commit(
          tx -> {
            for (int c = random.nextInt(3); c >= 0; c--) {
              long id = random.nextInt(KEYS);
              if (random.nextInt(3) == 0) {
                tx.delete(id);
              } else {
                tx.put(id, random.nextInt(4), "v" + random.nextInt(3));
              }
            }
          });
    }
  }
}

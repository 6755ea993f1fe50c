package org.kalamdb.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ChangeFeedTest {
  private static ChangeBatch batch(long seq) {
    return new ChangeBatch(seq, List.of());
  }

  private static List<Long> since(ChangeFeed feed, long seq) {
    return feed.changesSince(seq).orElseThrow().stream().map(ChangeBatch::seq).toList();
  }

  @Test
  void changesSince_withinRing_returnsAllLaterBatchesInOrder() {
    ChangeFeed feed = new ChangeFeed(10, 100, 1 << 20);
    LongStream.of(12, 15, 20).forEach(seq -> feed.publish(batch(seq)));
    assertThat(since(feed, 10)).containsExactly(12L, 15L, 20L);
    assertThat(since(feed, 13)).containsExactly(15L, 20L);
    assertThat(since(feed, 20)).isEmpty();
    assertThat(feed.changesSince(9)).isEmpty();
    assertThat(feed.lastSeq()).isEqualTo(20);
  }

  @Test
  void changesSince_afterEvictionByCount_isExactOrTooOld() {
    ChangeFeed feed = new ChangeFeed(0, 3, 1 << 20);
    LongStream.rangeClosed(1, 5).forEach(seq -> feed.publish(batch(seq)));
    assertThat(feed.changesSince(1)).isEmpty();
    assertThat(since(feed, 2)).containsExactly(3L, 4L, 5L);
  }

  @Test
  void publish_beyondBytes_evictsEvenTheNewest() {
    ChangeFeed feed = new ChangeFeed(0, 100, 10);
    feed.publish(batch(1));
    assertThat(feed.changesSince(0)).isEmpty();
    assertThat(since(feed, 1)).isEmpty();
    assertThat(feed.keptBytes()).isZero();
  }

  @Test
  void publish_seqThatDoesNotRise_isRefused() {
    ChangeFeed feed = new ChangeFeed(5);
    assertThatThrownBy(() -> feed.publish(batch(5))).isInstanceOf(IllegalStateException.class);
    feed.publish(batch(6));
    assertThatThrownBy(() -> feed.publish(batch(6))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void publish_consumerThrows_othersAreGivenTheBatch() {
    ChangeFeed feed = new ChangeFeed(0);
    List<Long> seen = new ArrayList<>();
    ChangeConsumer throwing =
        batch -> {
          throw new IllegalStateException("consumer");
        };
    feed.register(throwing);
    feed.register(batch -> seen.add(batch.seq()));
    feed.publish(batch(1));
    feed.unregister(throwing);
    feed.publish(batch(2));
    assertThat(seen).containsExactly(1L, 2L);
  }
}

package org.kalamdb.internal.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RetryTest {
  /** Close to where nanoseconds of the machine's clock turn negative, as they may. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000);

  /** Pauses in milliseconds after failures that come as soon as they may. */
  private List<Long> pauses(Retry retry, int failures) {
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < failures; i++) {
      assertThat(retry.isDue()).isTrue();
      assertThat(retry.failures()).isEqualTo(i);
      retry = retry.failed();
      assertThat(retry.isDue()).isFalse();
      long pause = retry.nanosToNext();
      clock.addAndGet(pause - 1);
      assertThat(retry.isDue()).isFalse();
      clock.incrementAndGet();
      pauses.add(TimeUnit.NANOSECONDS.toMillis(pause));
    }
    return pauses;
  }

  @Test
  void failed_timeAndAgain_waitsTwiceAsLongUpToAMinute() {
    Retry retry = Retry.atOnce(Duration.ofSeconds(1), Retry.LONGEST_PAUSE, clock::get);
    assertThat(pauses(retry, 9))
        .containsExactly(
            1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L, 60_000L);
  }

  @Test
  void failed_otherBounds_keepsThem() {
    Retry retry = Retry.atOnce(Duration.ofMillis(200), Duration.ofSeconds(4), clock::get);
    assertThat(pauses(retry, 6)).containsExactly(200L, 1_000L, 2_000L, 4_000L, 4_000L, 4_000L);
  }

  @Test
  void atOnce_nothingFailed_isDue() {
    assertThat(Retry.atOnce().isDue()).isTrue();
    assertThat(Retry.atOnce().failed().isDue()).isFalse();
    assertThat(Retry.atOnce().failed().nanosToNext())
        .isBetween(1L, Duration.ofSeconds(1).toNanos());
  }
}

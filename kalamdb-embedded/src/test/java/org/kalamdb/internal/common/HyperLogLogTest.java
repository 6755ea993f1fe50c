package org.kalamdb.internal.common;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HyperLogLogTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 100, 1_000, 2_500, 10_000, 1_000_000})
  void estimate_ofNumbersSeenTwice_isWithinTenPercent(int distinct) {
    HyperLogLog counter = new HyperLogLog();
    for (int i = 0; i < 2 * distinct; i++) {
      counter.addLong(i % distinct);
    }
    assertThat(counter.estimate()).isCloseTo(distinct, Percentage.withPercentage(10));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50, 5_000})
  void estimate_ofTexts_isWithinTenPercent(int distinct) {
    HyperLogLog counter = new HyperLogLog();
    for (int i = 0; i < distinct; i++) {
      byte[] text = ("a text with number " + i + " in it").getBytes(UTF_8);
      counter.addBytes(text, 0, text.length);
    }
    assertThat(counter.estimate()).isCloseTo(distinct, Percentage.withPercentage(10));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void estimate_ofNothingOrOneValue_isExact(long value) {
    HyperLogLog counter = new HyperLogLog();
    assertThat(counter.estimate()).isZero();
    counter.addLong(value);
    assertThat(counter.estimate()).isEqualTo(1);
  }
}

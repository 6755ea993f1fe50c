package org.kalamdb.internal.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class FlushPolicyTest {
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<Long> number = Arbitraries.longs().between(1, 2_000_000);
    Arbitrary<String> unit = Arbitraries.of("", "B", "kb", "MB", " m", "GB", "k");
    List<Arbitrary<String>> parts = new ArrayList<>();
    for (String name : List.of("rows", "interval", "age", "min", "file")) {
      parts.add(optional(number.map(n -> name + " : " + n)));
    }
    for (String name : List.of("bytes", "keep")) {
      parts.add(optional(Combinators.combine(number, unit).as((n, u) -> name + ":" + n + u)));
    }
    return Combinators.combine(parts)
        .as(all -> String.join(",", all.stream().filter(part -> !part.isEmpty()).toList()))
        .filter(text -> !text.isEmpty());
  }

  private static Arbitrary<String> optional(Arbitrary<String> part) {
    return Arbitraries.oneOf(Arbitraries.just(""), part);
  }

  @Property
  void printed_isReadAsTheSame(@ForAll("texts") String text) {
    FlushPolicy policy = FlushPolicy.parse(text);
    assertThat(FlushPolicy.parse(policy.toString())).as(policy.toString()).isEqualTo(policy);
    assertThat(policy.isOff()).isFalse();
    assertThat(policy.minRows()).isPositive();
  }

  @Example
  void usual_isWhatNothingSaid() {
    assertThat(FlushPolicy.parse(FlushPolicy.DEFAULT.toString())).isEqualTo(FlushPolicy.DEFAULT);
    assertThat(FlushPolicy.parse("keep:5").rows()).isEqualTo(FlushPolicy.DEFAULT.rows());
    assertThat(FlushPolicy.parse("rows:100").minRows()).isEqualTo(10);
    assertThat(FlushPolicy.parse(" OFF ")).isEqualTo(FlushPolicy.OFF);
    assertThat(FlushPolicy.OFF).hasToString("off");
  }
}

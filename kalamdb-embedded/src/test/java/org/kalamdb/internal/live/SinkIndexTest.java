package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Beside a map of lists. */
class SinkIndexTest {
  private static List<SinkLink> chain(SinkLink first) {
    List<SinkLink> links = new ArrayList<>();
    for (SinkLink link = first; link != null; link = link.next()) {
      links.add(link);
    }
    return links;
  }

  @SuppressWarnings("NullAway") // no sink is asked
  private static SinkLink link(int value) {
    return new ListedSink(null, value, Set.of());
  }

  @Test
  void addAndRemove_findWhatAMapFinds() {
    SplittableRandom random = new SplittableRandom(1);
    SinkIndex index = new SinkIndex(1);
    Map<Integer, Set<SinkLink>> model = new HashMap<>();
    List<SinkLink> all = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      boolean grows = step / 4_000 % 2 == 0;
      if (all.isEmpty() || random.nextInt(10) < (grows ? 8 : 2)) {
        int value = random.nextInt(random.nextBoolean() ? 10 : 3_000);
        SinkLink added = link(value);
        index.add(added);
        all.add(added);
        model.computeIfAbsent(value, v -> new HashSet<>()).add(added);
      } else {
        SinkLink removed = all.remove(random.nextInt(all.size()));
        index.remove(removed);
        model.get((Integer) removed.value()).remove(removed);
      }
      int probe = random.nextInt(3_000);
      assertThat(chain(index.first(probe)))
          .containsExactlyInAnyOrderElementsOf(model.getOrDefault(probe, Set.of()));
    }
    Set<SinkLink> found = new HashSet<>();
    index.forEach(first -> found.addAll(chain(first)));
    assertThat(found).isEqualTo(new HashSet<>(all));
    all.forEach(index::remove);
    assertThat(index.isEmpty()).isTrue();
  }
}

package org.kalamdb.slt;

import java.util.ArrayList;
import java.util.List;

/** Says in a few lines how two lists differ. */
final class Differing {
  private static final int SHOWN = 8;

  private Differing() {}

  /**
   * @param anyOrder whether only what one side has more of is of interest
   */
  static String describe(List<String> expected, List<String> got, boolean anyOrder) {
    List<String> missing = new ArrayList<>(expected);
    List<String> surplus = new ArrayList<>(got);
    if (anyOrder) {
      got.forEach(missing::remove);
      expected.forEach(surplus::remove);
    } else {
      int same = 0;
      while (same < expected.size()
          && same < got.size()
          && expected.get(same).equals(got.get(same))) {
        same++;
      }
      missing = expected.subList(same, expected.size());
      surplus = got.subList(same, got.size());
    }
    return "rows: expected "
        + expected.size()
        + ", got "
        + got.size()
        + list("\n  expected: ", missing)
        + list("\n  got:      ", surplus);
  }

  private static String list(String title, List<String> lines) {
    StringBuilder text = new StringBuilder();
    for (String line : lines.subList(0, Math.min(SHOWN, lines.size()))) {
      text.append(title).append(line);
    }
    if (lines.size() > SHOWN) {
      text.append(title).append("... ").append(lines.size() - SHOWN).append(" more");
    }
    return text.toString();
  }
}

package org.kalamdb.benchmarks;

import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.kalamdb.benchmarks.Message.Total;

/** Checks that an engine answers what it should, before or after it is timed: never within. */
final class Answers {
  private static final int LOOKUPS_CHECKED = 1_000;

  private Answers() {}

  static void check(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new IllegalStateException(
          "Wrong answer, " + what + ": expected " + expected + " but got " + actual);
    }
  }

  static void check(String what, long expected, long actual) {
    check(what, (Object) expected, actual);
  }

  static void checkLookups(MessageStore store, String user, long rows) {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < LOOKUPS_CHECKED; i++) {
      long id = random.nextLong(1, rows + 1);
      check("message " + id, Message.of(id), store.find(user, id));
    }
  }

  /** The user has messages {@code first} to {@code last}. */
  static void checkLast(MessageStore store, String user, long last, int limit) {
    List<Message> messages = store.last(user, limit);
    check("last rows of " + user, limit, messages.size());
    for (int i = 0; i < limit; i++) {
      check("last row " + i + " of " + user, Message.of(last - i), messages.get(i));
    }
  }

  static void checkTotals(MessageStore store, String user, long rows) {
    List<Total> totals = store.totals(user);
    List<Total> expected = Message.totals(rows);
    check("groups", expected.size(), totals.size());
    check("totals", new HashSet<>(expected), new HashSet<>(totals));
  }
}

package org.kalamdb.benchmarks.cold;

import java.time.LocalDateTime;
import java.util.SplittableRandom;

/**
 * Rows of six columns that follow from their number: a rising key, one of 10,000 authors, one of
 * 200 rooms, a number without a pattern, a rising time, and 5 to 14 words of text.
 */
final class ColdRows {
  static final String COLUMNS =
      "id BIGINT PRIMARY KEY, author TEXT NOT NULL, room INTEGER, size BIGINT NOT NULL,"
          + " sent TIMESTAMP NOT NULL, body TEXT";

  static final int AUTHORS = 10_000;
  private static final int ROOMS = 200;
  private static final long MAX_SIZE = 1_000_000;

  /** In about one row of a hundred. */
  static final String RARE_WORD = "quorum";

  private static final String[] WORDS = words();
  private static final LocalDateTime START = LocalDateTime.of(2026, 1, 1, 0, 0);

  private ColdRows() {}

  private static String[] words() {
    SplittableRandom random = new SplittableRandom(11);
    String[] words = new String[800];
    for (int i = 0; i < words.length; i++) {
      StringBuilder word = new StringBuilder();
      int length = random.nextInt(3, 10);
      for (int letter = 0; letter < length; letter++) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      words[i] = word.toString();
    }
    return words;
  }

  /** The row with this key. */
  static Object[] row(long id) {
    SplittableRandom random = new SplittableRandom(id);
    StringBuilder body = new StringBuilder();
    int length = random.nextInt(5, 15);
    for (int i = 0; i < length; i++) {
      body.append(i == 0 ? "" : " ");
      body.append(random.nextInt(1000) == 0 ? RARE_WORD : WORDS[random.nextInt(WORDS.length)]);
    }
    return new Object[] {
      id,
      String.format("author-%06d", random.nextInt(AUTHORS)),
      random.nextInt(50) == 0 ? null : random.nextInt(ROOMS),
      random.nextLong(MAX_SIZE),
      START.plusSeconds(id).plusNanos(random.nextInt(1_000_000) * 1000L),
      body.toString()
    };
  }
}

package org.kalamdb.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The row of every workload: a chat message of about 150 bytes. All of it follows from its id, so
 * that every engine holds the same rows and any answer can be checked without asking another
 * engine.
 *
 * @param sentAtMicros microseconds since 1970
 */
record Message(
    long id, String conversation, String author, String content, int likes, long sentAtMicros) {
  static final int CONVERSATIONS = 100;
  private static final long FIRST_SENT_AT_MICROS = 1_780_000_000_000_000L;
  private static final String WORDS =
      "the quick brown fox jumps over the lazy dog while seven wizards mix a box of five dozen liquor jugs ";

  /** One message per id; ids count from 1. */
  static Message of(long id) {
    long mixed = mix(id);
    int start = (int) (mixed & 31);
    return new Message(
        id,
        "conversation-" + Math.floorMod(mixed >>> 8, (long) CONVERSATIONS),
        "author-" + ((mixed >>> 20) & 15),
        id + " " + WORDS.substring(start, start + 68),
        (int) ((mixed >>> 32) & 1023),
        FIRST_SENT_AT_MICROS + id * 1_000_003);
  }

  static List<Message> range(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(Message::of).toList();
  }

  /** What {@link MessageStore#totals} must answer for messages 1 to {@code count}. */
  static List<Total> totals(long count) {
    long[] messages = new long[CONVERSATIONS];
    long[] likes = new long[CONVERSATIONS];
    for (long id = 1; id <= count; id++) {
      Message message = of(id);
      int conversation =
          Integer.parseInt(message.conversation().substring("conversation-".length()));
      messages[conversation]++;
      likes[conversation] += message.likes();
    }
    List<Total> totals = new ArrayList<>();
    for (int i = 0; i < CONVERSATIONS; i++) {
      if (messages[i] > 0) {
        totals.add(new Total("conversation-" + i, messages[i], likes[i]));
      }
    }
    return totals;
  }

  /** Messages and likes of one conversation. */
  record Total(String conversation, long messages, long likes) {}

  /**
   * The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
   * Generators).
   */
  private static long mix(long id) {
    long z = id * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}

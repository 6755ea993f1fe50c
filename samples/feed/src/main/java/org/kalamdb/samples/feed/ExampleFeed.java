package org.kalamdb.samples.feed;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Writes a small file of made-up commits for a run without one of your own: 60 authors of very
 * different diligence over a year, quoted bodies of several lines included. Always the same file.
 */
final class ExampleFeed {
  private static final int EVENTS = 3000;
  private static final int AUTHORS = 60;
  private static final long FIRST_SECOND = 1_700_000_000L;
  private static final List<String> VERBS =
      List.of("Fix", "Add", "Remove", "Document", "Speed up", "Simplify", "Test", "Rename");
  private static final List<String> THINGS =
      List.of(
          "the parser",
          "retry of uploads",
          "a leak on close",
          "time zones",
          "the config loader",
          "paging of search",
          "the \"undo\" button",
          "cache eviction",
          "dark mode",
          "login, again");

  private ExampleFeed() {}

  static void write(Path file) throws IOException {
    Random random = new Random(20260101);
    long second = FIRST_SECOND;
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write(String.join(",", FeedEvent.HEADER) + "\n");
      for (int i = 0; i < EVENTS; i++) {
        second += random.nextInt(20_000);
        // A square makes few authors write most of the events.
        int author = (int) (random.nextDouble() * random.nextDouble() * AUTHORS);
        String subject =
            VERBS.get(random.nextInt(VERBS.size()))
                + " "
                + THINGS.get(random.nextInt(THINGS.size()));
        String body = random.nextInt(3) == 0 ? "Seen in review.\nSecond line, with a comma." : "";
        out.write(
            String.format("%012x", 0x1000_0000L * (i + 1L) + random.nextInt(0x1000_0000))
                + ",author-"
                + author
                + ","
                + second
                + ","
                + quote(subject)
                + ","
                + quote(body)
                + ","
                + (1 + random.nextInt(9))
                + ","
                + random.nextInt(400)
                + ","
                + random.nextInt(200)
                + "\n");
      }
    }
  }

  private static String quote(String text) {
    boolean plain = text.indexOf(',') < 0 && text.indexOf('"') < 0 && text.indexOf('\n') < 0;
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}

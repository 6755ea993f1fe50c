package org.kalamdb.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of prose with sections that programs write, each between two marker lines. */
public final class MarkedPage {
  private static final String END = "<!-- end of results -->";

  private MarkedPage() {}

  /** Replaces the section that begins with {@code <!-- marker, do not edit -->}. */
  public static void write(Path page, String marker, String markdown) throws IOException {
    String text = Files.readString(page, StandardCharsets.UTF_8);
    String first = "<!-- " + marker + ", do not edit -->";
    int begin = text.indexOf(first);
    int end = text.indexOf(END, begin);
    if (begin < 0 || end < begin) {
      throw new IllegalStateException("The markers of \"" + marker + "\" are missing in " + page);
    }
    Files.writeString(
        page,
        text.substring(0, begin) + first + "\n\n" + markdown + "\n" + text.substring(end),
        StandardCharsets.UTF_8);
  }
}

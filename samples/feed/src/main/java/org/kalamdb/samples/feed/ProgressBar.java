package org.kalamdb.samples.feed;

import java.io.PrintStream;

/** One line on a terminal that fills up; a line at the end only where there is no terminal. */
final class ProgressBar {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000L;

  private final PrintStream out;
  private final String label;
  private final boolean terminal = System.console() != null;
  private long lastDrawn;

  ProgressBar(PrintStream out, String label) {
    this.out = out;
    this.label = label;
  }

  void update(double share, String detail) {
    long now = System.nanoTime();
    if (terminal && now - lastDrawn > REDRAW_NANOS) {
      lastDrawn = now;
      draw(share, detail);
    }
  }

  private void draw(double share, String detail) {
    int filled = (int) Math.round(share * WIDTH);
    out.printf(
        "\r%-8s [%s%s] %3d%% %s\u001b[K",
        label, "#".repeat(filled), ".".repeat(WIDTH - filled), Math.round(share * 100), detail);
    out.flush();
  }

  void done(String detail) {
    if (terminal) {
      draw(1, detail);
      out.println();
    } else {
      out.printf("%-8s [%s] 100%% %s%n", label, "#".repeat(WIDTH), detail);
    }
  }
}

package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Closing anything at any moment never ends the JVM, and loses nothing. */
class CloseStressTest {
  private static final int SECONDS =
      Integer.getInteger(
          "kalamdb.closeStress.seconds", Boolean.getBoolean("kalamdb.slow") ? 300 : 6);

  @TempDir Path directory;

  @Test
  void everything_closedAtRandomByManyThreads_neverEndsTheJvm() throws Exception {
    try (ChildJvm child =
        new ChildJvm(
            CloseStress.class, directory.resolve("db").toString(), String.valueOf(SECONDS), "12")) {
      String answer = null;
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        answer = line;
      }
      assertThat(answer).as("last line of the program").startsWith("ok ");
    }
  }
}

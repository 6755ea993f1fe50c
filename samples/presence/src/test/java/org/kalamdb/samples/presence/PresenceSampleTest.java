package org.kalamdb.samples.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Runs the sample as its users do, in a process of its own. */
class PresenceSampleTest {
  @Test
  void comesAndGoes_areAllHeardOf() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                PresenceSample.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      List<String> out =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("%s", out).isZero();
      assertThat(out)
          .endsWith("heard: + ada, + bob, + cleo, - bob, - cleo, - ada", "ok")
          .anyMatch(line -> line.contains("bob leaves") && line.endsWith("there: [ada, cleo]"));
    } finally {
      process.destroyForcibly();
    }
  }
}

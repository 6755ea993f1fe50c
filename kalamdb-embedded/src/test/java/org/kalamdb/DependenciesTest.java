package org.kalamdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds docs/dependencies.md to what the build gives a user. */
class DependenciesTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| ([\\w.-]+) \\| ([\\w.-]+) \\| ([\\d,]+) \\|", Pattern.MULTILINE);

  @Test
  void documentedJars_areTheOnesUsersGet() throws IOException {
    assertThat(documented()).isEqualTo(built());
  }

  /** Name and version of each jar, with its size in units of 1,000 bytes, rounded up. */
  private static Map<String, Long> documented() throws IOException {
    Map<String, Long> jars = new TreeMap<>();
    String page = Files.readString(Path.of("..", "docs", "dependencies.md"));
    for (MatchResult row : ROW.matcher(page).results().toList()) {
      jars.put(row.group(1) + "-" + row.group(2), Long.valueOf(row.group(3).replace(",", "")));
    }
    return jars;
  }

  private static Map<String, Long> built() throws IOException {
    Map<String, Long> jars = new TreeMap<>();
    String classPath = Files.readString(Path.of("target", "class-path")).strip();
    for (String entry : classPath.split(File.pathSeparator)) {
      Path jar = Path.of(entry);
      String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
      jars.put(name, (Files.size(jar) + 999) / 1000);
    }
    return jars;
  }
}

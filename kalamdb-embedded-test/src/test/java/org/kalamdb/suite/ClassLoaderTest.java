package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library in a class loader that is dropped, as application servers do. */
class ClassLoaderTest {
  /** Caches of the JDK hold classes softly, which else goes when memory is short. */
  private static final List<String> SOFTLY_HELD_GOES_AT_ONCE =
      List.of("-XX:SoftRefLRUPolicyMSPerMB=0");

  @TempDir Path directory;

  @Test
  void loader_afterClose_isCollectedAndItsSuccessorOpensTheDatabase() throws Exception {
    List<String> lines = new ArrayList<>();
    try (ChildJvm child =
        new ChildJvm(
            SOFTLY_HELD_GOES_AT_ONCE,
            LoaderProgram.class,
            directory.resolve("db").toString(),
            "3")) {
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        lines.add(line);
      }
    }
    assertThat(lines).containsExactly("loaders held: 0");
  }
}

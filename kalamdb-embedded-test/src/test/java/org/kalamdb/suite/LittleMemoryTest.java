package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;

/** Too little memory fails statements, not the database; what was acknowledged is there. */
class LittleMemoryTest {
  private static final String SECONDS = Boolean.getBoolean("kalamdb.slow") ? "120" : "5";

  @TempDir Path directory;

  private void run(List<String> options, String kind, String expected) throws Exception {
    Path path = directory.resolve("db");
    List<Integer> acknowledged = new ArrayList<>();
    String last = null;
    try (ChildJvm child = new ChildJvm(options, MemoryHog.class, path.toString(), SECONDS, kind)) {
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        if (line.matches("[0-9]+")) {
          acknowledged.add(Integer.valueOf(line));
        }
        last = line;
      }
    }
    System.out.println(kind + ": " + acknowledged.size() + " commits, " + last);
    assertThat(last).startsWith("ok").contains(expected);
    assertThat(acknowledged).isNotEmpty();
    try (KalamDB db = KalamDB.open(path)) {
      assertThat(db.check().isSound()).isTrue();
      List<Integer> found =
          db.query("SELECT id FROM t WHERE id % 3 = 0").list().stream()
              .map(row -> row.getInt(0))
              .toList();
      assertThat(found).containsAll(acknowledged);
      assertThat(db.query("SELECT count(*) FROM t").single().getLong(0))
          .isEqualTo(3L * found.size());
    }
  }

  @Test
  void smallHeap_failsStatementsOnly() throws Exception {
    run(List.of("-Xmx72m"), "heap", "OutOfMemoryError");
  }

  @Test
  void smallDirectMemory_failsStatementsOnly() throws Exception {
    run(List.of("-XX:MaxDirectMemorySize=256k"), "direct", "53200");
  }
}

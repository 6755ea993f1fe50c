package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryMode;
import org.kalamdb.SalvageReport;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** The example of docs/how-to/salvage.md: it runs, and it is what the page shows. */
@ExtendWith(TemporaryDatabase.class)
class SalvageGuideTest {
  @SuppressWarnings("SystemOut") // as a reader's program has it
  private static void example(Path directory) {
    KalamOptions salvage = KalamOptions.builder().recovery(RecoveryMode.SALVAGE).build();
    try (KalamDB db = KalamDB.open(directory, salvage)) {
      SalvageReport report = db.recovery().salvaged();
      report.findings().forEach(System.out::println);
      report.lostSegments().forEach(System.out::println);
      System.out.println(report.hotRowsLost() + " recent rows are gone");
      System.out.println("The damaged files are in " + report.keptIn());
      System.out.println("Sound: " + db.check().isSound());
    }
  }

  @Test
  void example_opensWhatWasRefused(TestDatabase database) throws Exception {
    database.db().execute("CREATE TABLE t (id INT PRIMARY KEY)");
    database.db().execute("INSERT INTO t VALUES (1), (2)");
    database.closeDatabase();
    Files.delete(database.directory().resolve("kalam.state"));
    Sql.refused("XX001", database::db);
    example(database.directory());
    assertThat(Sql.count(database.db().session(), "t")).isEqualTo(2);
  }

  @Test
  void page_showsTheExample() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "how-to", "salvage.md"));
    String shown = page.substring(page.indexOf("```java") + 7, page.lastIndexOf("```"));
    String own =
        Files.readString(
            Path.of("src", "test", "java").resolve("org/kalamdb/suite/SalvageGuideTest.java"));
    assertThat(squeezed(own)).contains(squeezed(shown));
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", " ").trim();
  }
}

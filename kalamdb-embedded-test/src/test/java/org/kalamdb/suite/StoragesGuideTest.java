package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** The examples of docs/how-to/storages.md: they run, and they are what the page shows. */
@ExtendWith(TemporaryDatabase.class)
class StoragesGuideTest {
  private static void create(KalamDB db, Path disk) {
    db.execute("CREATE STORAGE archive TYPE filesystem PATH '" + disk + "'");
    db.execute("CREATE TABLE events (id SERIAL, body TEXT) WITH (STORAGE_ID = 'archive')");
    db.execute("INSERT INTO events (body) VALUES ('first'), ('second')");
    db.execute("STORAGE FLUSH TABLE events");
  }

  private static void move(KalamDB db) throws InterruptedException {
    db.execute("ALTER TABLE events SET (STORAGE_ID = 'local')");
    String left = "SELECT segments FROM system.storages WHERE storage_id = 'archive'";
    while (db.query(left).single().getLong(0) > 0) {
      Thread.sleep(100);
    }
  }

  private static void giveUser(KalamDB db) {
    db.execute("CREATE NAMESPACE app");
    db.execute(
        "CREATE USER TABLE app.notes (id INT PRIMARY KEY, body TEXT) WITH (USE_USER_STORAGE = true)");
    db.execute("ALTER USER 'alice' SET STORAGE_ID = 'archive'");
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO app.notes VALUES (1, 'mine')");
    }
    db.execute("STORAGE FLUSH TABLE app.notes");
  }

  private static void takeBack(KalamDB db) throws InterruptedException {
    db.execute("ALTER USER 'alice' RESET STORAGE_ID");
    String hers = "SELECT segments FROM system.storages WHERE storage_id = 'archive'";
    while (db.query(hers).single().getLong(0) > 0) {
      Thread.sleep(100);
    }
  }

  private static void drop(KalamDB db) {
    db.execute("DROP STORAGE archive");
  }

  @Test
  void examples_runAsThePageSays(TestDatabase database) throws Exception {
    Path disk = Files.createDirectory(database.scratch().resolve("disk"));
    create(database.db(), disk);
    assertThat(database.filesEndingWith(".parquet")).isEmpty();
    move(database.db());
    assertThat(database.filesEndingWith(".parquet")).hasSize(1);
    giveUser(database.db());
    assertThat(database.filesEndingWith(".parquet")).hasSize(1);
    takeBack(database.db());
    assertThat(database.filesEndingWith(".parquet")).hasSize(2);
    drop(database.db());
    assertThat(disk).isEmptyDirectory();
    assertThat(Sql.count(database.reopen().session(), "events")).isEqualTo(2);
  }

  @Test
  void page_showsTheExamples() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "how-to", "storages.md"));
    String own =
        Files.readString(
            Path.of("src", "test", "java").resolve("org/kalamdb/suite/StoragesGuideTest.java"));
    Matcher shown = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(page);
    int blocks = 0;
    while (shown.find()) {
      blocks++;
      assertThat(squeezed(own)).contains(squeezed(String.valueOf(shown.group(1))));
    }
    assertThat(blocks).isEqualTo(5);
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", " ").trim();
  }
}

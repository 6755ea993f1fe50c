package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * A process that ends after the commit of a statement that drops files, before they are deleted, or
 * in the middle of it: the next opening deletes them, says so, and nothing of them comes back.
 */
@ExtendWith(TemporaryDatabase.class)
class HalfDoneDropTest {
  @ParameterizedTest
  @CsvSource({
    "DROP TABLE t, 4",
    "DROP TABLE t, 2",
    "TRUNCATE t, 4",
    "TRUNCATE t, 2",
    "DROP NAMESPACE n CASCADE, 4",
    "ALTER TABLE t DROP COLUMN v, 0"
  })
  void filesLeftByTheStatement_areDeletedAtTheNextOpen(
      String statement, int leftOver, TestDatabase database) throws Exception {
    KalamDB db =
        database.reopen(
            KalamOptions.builder()
                .durability(Durability.NONE)
                .backgroundCompaction(false) // it would delete files too
                .build());
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE TABLE n.t (id INT PRIMARY KEY, v TEXT)");
    db.execute("CREATE INDEX t_v ON n.t (v)");
    db.execute("CREATE TABLE other (id INT PRIMARY KEY)");
    db.execute("INSERT INTO other VALUES (1)");
    for (int i = 0; i < 4; i++) {
      db.execute("INSERT INTO n.t VALUES (?, 'cold')", i);
      db.execute("STORAGE FLUSH ALL");
    }
    db.execute("INSERT INTO n.t VALUES (9, 'hot')");
    Path before = Damages.copyTree(database.directory().resolve("cold"), copyOf(database));
    db.execute(statement.replace(" t", " n.t"));
    database.closeDatabase();

    int brought = 0;
    for (Path file : List.copyOf(Damages.files(before))) {
      Path home = database.directory().resolve("cold").resolve(before.relativize(file));
      boolean dropped = file.toString().endsWith(".parquet") && !Files.exists(home);
      if (dropped && brought < leftOver) {
        Files.createDirectories(home.getParent());
        Files.copy(file, home);
        brought++;
      }
    }
    assertThat(brought).isEqualTo(leftOver);

    KalamDB again = database.db();
    assertThat(again.recovery().deletedFiles()).hasSize(leftOver);
    assertThat(again.recovery().missingSegments()).isEmpty();
    assertThat(again.check().problems()).isEmpty();
    assertThat(Sql.rows(again.session(), "SELECT id FROM other")).containsExactly("1");
    if (statement.startsWith("DROP")) {
      again.execute("CREATE NAMESPACE IF NOT EXISTS n");
      again.execute("CREATE TABLE n.t (id INT PRIMARY KEY, v TEXT)");
    }
    assertThat(Sql.count(again.session(), "n.t")).isEqualTo(statement.startsWith("ALTER") ? 5 : 0);
    assertThat(database.reopen().recovery().isUneventful()).isTrue();
  }

  private static Path copyOf(TestDatabase database) {
    return database.scratch().resolve("cold-before");
  }
}

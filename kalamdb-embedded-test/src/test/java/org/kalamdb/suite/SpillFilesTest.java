package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.KalamDB;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Result;

/**
 * The files of queries that need more memory than they may hold: where they are and how they go.
 */
class SpillFilesTest {
  @TempDir Path directory;

  private List<Path> spillFiles() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("temp"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Spiller.SORT, Spiller.WINDOW, Spiller.COMMON})
  void query_largerThanItsMemory_usesFilesUntilTheResultIsClosed(String sql) throws IOException {
    try (KalamDB db = KalamDB.open(directory, Spiller.OPTIONS)) {
      Spiller.fill(db);
      try (Result result = db.query(sql)) {
        assertThat(result.nextBatch()).isNotNull();
        assertThat(spillFiles()).isNotEmpty();
      }
      assertThat(spillFiles()).isEmpty();
      assertThat(db.query(sql).list()).hasSize(100_000);
      assertThat(spillFiles()).isEmpty();
    }
  }

  @Test
  void close_ofDatabaseWithOpenResult_leavesNoFileAfterReopen() throws IOException {
    KalamDB db = KalamDB.open(directory, Spiller.OPTIONS);
    Spiller.fill(db);
    Result result = db.query(Spiller.SORT);
    assertThat(result.nextBatch()).isNotNull();
    db.close();
    result.close();
    KalamDB.open(directory).close();
    assertThat(spillFiles()).isEmpty();
  }

  @Test
  void open_afterKillWhileSpilling_sweepsTheFiles() throws Exception {
    try (ChildJvm child = new ChildJvm(Spiller.class, directory.toString())) {
      assertThat(child.readLine()).isEqualTo("spilled");
      child.kill();
    }
    assertThat(spillFiles()).isNotEmpty();
    try (KalamDB db = KalamDB.open(directory)) {
      assertThat(spillFiles()).isEmpty();
      assertThat(db.query("SELECT count(*) FROM d").single().getLong(0)).isEqualTo(10);
    }
  }

  @Test
  void query_inMemoryDatabase_spillsToo() {
    try (KalamDB db = KalamDB.openInMemory("spill", Spiller.OPTIONS)) {
      Spiller.fill(db);
      assertThat(db.query(Spiller.SORT).list()).hasSize(100_000);
    } catch (KalamException e) {
      throw new AssertionError(e);
    }
  }
}

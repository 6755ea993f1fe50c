package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/** What lies in the cold directory and should not, or should and does not. */
class ColdFilesTest {
  @TempDir Path directory;

  private KalamDB open() {
    return KalamDB.open(directory.resolve("data"));
  }

  private void fill(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT)");
    db.execute("CREATE SHARED TABLE n.s (id INT PRIMARY KEY, v TEXT)");
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
      db.execute("INSERT INTO n.s VALUES (1, 'x')");
      db.execute("STORAGE FLUSH ALL");
      alice.execute("UPDATE n.t SET v = 'B' WHERE id = 2");
    }
  }

  private List<String> rows(KalamDB db) {
    try (Session alice = db.session("alice")) {
      return alice.query("SELECT v FROM n.t ORDER BY id").list().stream()
          .map(r -> r.getString(0))
          .toList();
    }
  }

  private Path find(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(f -> f.toString().contains("users") && f.toString().endsWith(ending))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void open_orphansOfACrash_areSweptAndNothingElse() throws Exception {
    try (KalamDB db = open()) {
      fill(db);
    }
    Path home = find(".parquet").getParent();
    Path temporary = Files.write(home.resolve("cut.parquet.tmp"), new byte[] {'P', 'A', 'R'});
    Path unlisted = Files.copy(find(".parquet"), home.resolve("unlisted.parquet"));
    Path other = Files.writeString(home.resolve("notes.txt"), "somebody else's");
    try (KalamDB db = open()) {
      assertThat(rows(db)).containsExactly("a", "B", "c");
    }
    assertThat(temporary).doesNotExist();
    assertThat(unlisted).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void open_damagedManifestJson_rowsAreRightAndTheCopyIsWrittenAgain() throws Exception {
    try (KalamDB db = open()) {
      fill(db);
    }
    Path json = find("manifest.json");
    Files.writeString(json, "{\"format_version\": 1, \"segments\": [");
    try (KalamDB db = open()) {
      assertThat(rows(db)).containsExactly("a", "B", "c");
    }
    assertThat(new ObjectMapper().readTree(json.toFile()).get("segments")).hasSize(1);
    Files.delete(json);
    try (KalamDB db = open()) {
      assertThat(rows(db)).containsExactly("a", "B", "c");
    }
    assertThat(json).exists();
  }

  @Test
  void query_damagedSegment_namesTheFileAndOtherTablesServe() throws Exception {
    try (KalamDB db = open()) {
      fill(db);
    }
    Path segment = find(".parquet");
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.setLength(file.length() - 10);
    }
    try (KalamDB db = open()) {
      assertThatThrownBy(() -> rows(db))
          .isInstanceOfSatisfying(
              KalamException.class,
              e -> {
                assertThat(e.sqlState()).isEqualTo("XX001");
                assertThat(e.getMessage()).contains(segment.getFileName().toString());
              });
      assertThat(db.query("SELECT v FROM n.s").single().getString(0)).isEqualTo("x");
      try (Session bob = db.session("bob")) {
        assertThat(bob.query("SELECT count(*) FROM n.t").single().getLong(0)).isZero();
      }
    }
  }

  @Test
  void flush_partitionDirectoryThatLeadsOutside_isRefusedAndRowsStay() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    try (KalamDB db = open()) {
      db.execute("CREATE NAMESPACE n");
      db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT)");
      try (Session alice = db.session("alice")) {
        alice.execute("INSERT INTO n.t VALUES (1, 'a')");
        Path users = Files.createDirectories(directory.resolve("data/cold/n"));
        Files.createSymbolicLink(users.resolve("users"), outside);
        assertThatThrownBy(() -> db.execute("STORAGE FLUSH TABLE n.t"))
            .isInstanceOfSatisfying(
                KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("42602"));
        assertThat(outside).isEmptyDirectory();
        assertThat(rows(db)).containsExactly("a");
        Files.delete(users.resolve("users"));
        db.execute("STORAGE FLUSH TABLE n.t");
        assertThat(rows(db)).containsExactly("a");
      }
    }
  }

  @Test
  void dropTable_segmentsAreDeleted_andANewTableOfTheNameIsEmpty() throws Exception {
    try (KalamDB db = open()) {
      fill(db);
      Path segment = find(".parquet");
      db.execute("DROP TABLE n.t");
      assertThat(segment).doesNotExist();
      db.execute("CREATE USER TABLE n.t (v TEXT, id BIGINT PRIMARY KEY)");
      assertThat(rows(db)).isEmpty();
      try (Session alice = db.session("alice")) {
        alice.execute("INSERT INTO n.t VALUES ('new', 2)");
      }
      db.execute("STORAGE FLUSH TABLE n.t");
      assertThat(rows(db)).containsExactly("new");
    }
    try (KalamDB db = open()) {
      assertThat(rows(db)).containsExactly("new");
    }
  }
}

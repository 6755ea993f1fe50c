package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/**
 * Databases as earlier versions of the library left them ({@code golden/*.zip}, with their answers
 * beside them), closed in order or by a killed process, are opened, read, written, compacted and
 * checked. A change of the format on disk that cannot read them fails here. {@code
 * -Dgolden.write=NAME} adds what this version writes: there is one for each format, and those there
 * are stay.
 */
class GoldenDatabaseTest {
  @TempDir Path scratch;

  @TestFactory
  Stream<DynamicTest> database_ofEachFormat_isReadAndWritten()
      throws IOException, URISyntaxException {
    URL folder = Objects.requireNonNull(getClass().getResource("/golden"));
    List<Path> zips;
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      zips = files.filter(file -> file.toString().endsWith(".zip")).sorted().toList();
    }
    assertThat(zips).isNotEmpty();
    return zips.stream()
        .map(zip -> dynamicTest(zip.getFileName().toString(), () -> readAndWrite(zip)));
  }

  private void readAndWrite(Path zip) throws IOException {
    Path directory = scratch.resolve(zip.getFileName().toString());
    try (InputStream in = Files.newInputStream(zip)) {
      GoldenDatabase.unzip(in, directory);
    }
    List<String> answers = Files.readAllLines(answersOf(zip));
    for (int i = 0; i < 2; i++) {
      try (KalamDB db = KalamDB.open(directory, GoldenDatabase.options())) {
        assertThat(GoldenDatabase.answers(db)).isEqualTo(answers);
        assertThat(db.check().problems()).isEmpty();
      }
    }
    for (int i = 0; i < 2; i++) {
      try (KalamDB db = KalamDB.open(directory, GoldenDatabase.options())) {
        writeAndTakeBack(db);
        assertThat(db.check().problems()).isEmpty();
        db.execute("STORAGE FLUSH ALL; STORAGE COMPACT ALL");
        assertThat(withoutDeleted(GoldenDatabase.answers(db))).isEqualTo(withoutDeleted(answers));
        assertThat(db.check().problems()).isEmpty();
      }
    }
  }

  /** Every row is written again and some come and go; the answers stay. */
  private static void writeAndTakeBack(KalamDB db) {
    db.execute("UPDATE g.types SET txt = txt WHERE id > 0");
    db.execute("INSERT INTO g.orders (amount, region, id) VALUES (1, 'x', 1000)");
    db.execute("UPDATE g.orders SET amount = amount + 1; UPDATE g.orders SET amount = amount - 1");
    db.execute("INSERT INTO g.lines (id, order_id, price) VALUES (9, 1000, 1)");
    db.execute("DELETE FROM g.orders WHERE id = 1000");
    db.execute("ALTER TABLE g.orders ADD extra TEXT DEFAULT 'e'");
    assertThat(db.query("SELECT count(*) FROM g.orders WHERE extra = 'e'").single().getLong(0))
        .isEqualTo(db.query("SELECT count(*) FROM g.orders").single().getLong(0));
    db.execute("ALTER TABLE g.orders DROP extra");
    try (Session ada = db.session("ada")) {
      ada.execute(
          "INSERT INTO g.notes (id, body) VALUES (50, 'b'); DELETE FROM g.notes WHERE id = 50");
      ada.execute("UPDATE g.notes SET body = body || ''");
    }
  }

  /** What is retained of deleted rows differs once more are deleted. */
  private static List<String> withoutDeleted(List<String> answers) {
    List<String> left = new ArrayList<>();
    boolean skipping = false;
    for (String line : answers) {
      if (line.contains("> S") || line.contains("> D")) {
        skipping = line.contains("_deleted");
      }
      if (!skipping) {
        left.add(line);
      }
    }
    return left;
  }

  private static Path answersOf(Path zip) {
    String name = zip.getFileName().toString().replaceAll("(-killed)?\\.zip", ".answers");
    return zip.resolveSibling(name);
  }

  @Test
  @EnabledIfSystemProperty(named = "golden.write", matches = "\\w[\\w-]*")
  void write() throws IOException {
    Path folder = Path.of("src", "test", "resources", "golden");
    String name = System.getProperty("golden.write");
    Path zip = folder.resolve(name + ".zip");
    Path directory = scratch.resolve("made");
    Path killed = scratch.resolve("killed");
    GoldenDatabase.make(directory, killed);
    Files.createDirectories(folder);
    GoldenDatabase.zip(directory, zip);
    GoldenDatabase.zip(killed, folder.resolve(name + "-killed.zip"));
    try (KalamDB db = KalamDB.open(directory, GoldenDatabase.options())) {
      Files.write(answersOf(zip), GoldenDatabase.answers(db));
    }
  }
}

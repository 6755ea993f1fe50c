package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/** COPY to and from CSV and JSON files. */
class CopyTest {
  @TempDir private Path directory;
  private KalamDB db;
  private Session s;

  @BeforeEach
  void open() {
    db = KalamDB.openInMemory();
    s = db.session();
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, name TEXT DEFAULT 'none', ok BOOLEAN, price NUMERIC(8, 2),"
            + " day DATE)");
  }

  @AfterEach
  void close() {
    s.close();
    db.close();
  }

  private String file(String name) {
    return "'" + directory.resolve(name).toString().replace("'", "''") + "'";
  }

  private String text(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  private void fill() {
    s.execute(
        "INSERT INTO t VALUES (1, 'plain', true, 1.50, '2024-02-29'), (2, 'a \"q\", b', false, NULL, NULL),"
            + " (3, '', NULL, -0.25, '1999-12-31'), (4, E'two\\nlines', NULL, NULL, NULL), (5, NULL, true, 0, NULL)");
  }

  @Test
  void csv_writtenAndReadBack_keepsEveryValue() throws IOException {
    fill();
    assertThat(s.execute("COPY t TO " + file("t.csv") + " WITH (FORMAT CSV, HEADER)")).isEqualTo(5);
    assertThat(text("t.csv"))
        .isEqualTo(
            "id,name,ok,price,day\n1,plain,t,1.50,2024-02-29\n2,\"a \"\"q\"\", b\",f,,\n"
                + "3,\"\",,-0.25,1999-12-31\n4,\"two\nlines\",,,\n5,,t,0.00,\n");
    s.execute("CREATE TABLE copy AS SELECT * FROM t WITH NO DATA");
    assertThat(s.execute("COPY copy FROM " + file("t.csv") + " (HEADER MATCH)")).isEqualTo(5);
    assertThat(rows(s, "SELECT * FROM copy EXCEPT SELECT * FROM t")).isEmpty();
    assertThat(Sql.count(s, "copy")).isEqualTo(5);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(Path::getFileName).map(Path::toString)).containsExactly("t.csv");
    }
  }

  @Test
  void csv_optionsOfBothDirections_areHonoured() throws IOException {
    fill();
    s.execute(
        "COPY (SELECT id, name FROM t WHERE id IN (1, 5) ORDER BY id) TO "
            + file("o.txt")
            + " WITH (FORMAT csv, DELIMITER ';', NULL '\\N', QUOTE '''', FORCE_QUOTE (name))");
    assertThat(text("o.txt")).isEqualTo("1;'plain'\n5;\\N\n");
    write("in.csv", "9|x\\'y'|'NIL'\r\n10|NIL|NIL\r\n");
    s.execute("CREATE TABLE w (a INT, b TEXT, c TEXT)");
    assertThat(
            s.execute(
                "COPY w FROM "
                    + file("in.csv")
                    + " (DELIMITER '|', QUOTE '''', NULL 'NIL', FORCE_NULL (c), FORCE_NOT_NULL (b))"))
        .isEqualTo(2);
    assertThat(rows(s, "SELECT * FROM w ORDER BY a")).containsExactly("9|x\\y|null", "10|NIL|null");
  }

  @Test
  void csv_badFile_isRefusedWithItsLineAndChangesNothing() throws IOException {
    write("short.csv", "1,a\n2\n");
    write("long.csv", "1,a\n2,b,c\n");
    write("type.csv", "1,a\n\"2\",\"b\nb\"\nx,c\n");
    write("open.csv", "1,\"a\n");
    write("header.csv", "id,title\n1,a\n");
    write("twice.csv", "1,a\n1,b\n");
    Files.write(directory.resolve("bytes.csv"), new byte[] {'1', ',', (byte) 0xff, '\n'});
    assertThat(copy("short.csv", "22P04")).contains("missing data for column \"name\"", "line 2");
    assertThat(copy("long.csv", "22P04")).contains("extra data", "line 2");
    assertThat(copy("type.csv", "22P02")).contains("line 4", "column id: \"x\"");
    assertThat(copy("open.csv", "22P04")).contains("unterminated CSV quoted field");
    assertThat(copy("twice.csv", "23505")).contains("line 2");
    copy("bytes.csv", "22021");
    assertThat(
            refused(
                    "22P04",
                    () ->
                        s.execute(
                            "COPY t (id, name) FROM " + file("header.csv") + " (HEADER MATCH)"))
                .getMessage())
        .contains("got \"title\", expected \"name\"");
    refused("58P01", () -> s.execute("COPY t FROM " + file("missing.csv")));
    refused("58P01", () -> s.execute("COPY t TO " + file("no/such/directory.csv")));
    refused("0A000", () -> s.execute("COPY t TO " + file("t.csv") + " (ENCODING 'LATIN1')"));
    refused("0A000", () -> s.execute("COPY t TO " + file("t.csv") + " (DELIMITER '--')"));
    refused("22023", () -> s.execute("COPY t TO " + file("t.parquet") + " (DELIMITER ';')"));
    refused("22023", () -> s.execute("COPY t TO " + file("t.csv") + " (COMPRESSION zstd)"));
    refused("22012", () -> s.execute("COPY (SELECT 1 / 0) TO " + file("zero.csv")));
    assertThat(directory.resolve("zero.csv")).doesNotExist();
    assertThat(Sql.count(s, "t")).isZero();
  }

  private String copy(String name, String state) {
    return refused(state, () -> s.execute("COPY t (id, name) FROM " + file(name))).getMessage();
  }

  @Test
  void json_writtenAndReadBack_keepsEveryValue() throws IOException {
    fill();
    assertThat(
            s.execute(
                "COPY (SELECT id, name, ok, price FROM t WHERE id < 3 ORDER BY id) TO "
                    + file("t.json")))
        .isEqualTo(2);
    assertThat(text("t.json"))
        .isEqualTo(
            "{\"id\":1,\"name\":\"plain\",\"ok\":true,\"price\":1.50}\n"
                + "{\"id\":2,\"name\":\"a \\\"q\\\", b\",\"ok\":false,\"price\":null}\n");
    write("in.jsonl", "{\"id\": 7, \"price\": 2.5}\n\n{\"name\": null, \"id\": \"8\"}\n");
    assertThat(s.execute("COPY t FROM " + file("in.jsonl"))).isEqualTo(2);
    assertThat(rows(s, "SELECT id, name, price FROM t WHERE id > 6 ORDER BY id"))
        .containsExactly("7|none|2.50", "8|null|null");
    write("bad.json", "{\"id\": 9}\n{\"id\": 10, \"nope\": 1}\n");
    assertThat(refused("42703", () -> s.execute("COPY t FROM " + file("bad.json"))).getMessage())
        .contains("\"nope\"", "line 2");
    write("bad.json", "[1]\n");
    refused("22P04", () -> s.execute("COPY t FROM " + file("bad.json")));
    assertThat(Sql.count(s, "t")).isEqualTo(7);
  }

  @Test
  void copy_ofTableWithGeneratedColumns_leavesThemOutBothWays() throws IOException {
    s.execute("CREATE TABLE g (id INT PRIMARY KEY, d INT GENERATED ALWAYS AS (id * 2) STORED)");
    s.execute("INSERT INTO g VALUES (1), (2)");
    for (String name : List.of("g.csv", "g.json", "g.parquet")) {
      assertThat(s.execute("COPY g TO " + file(name))).isEqualTo(2);
      s.execute("TRUNCATE g");
      assertThat(s.execute("COPY g FROM " + file(name))).isEqualTo(2);
      assertThat(rows(s, "SELECT * FROM g ORDER BY id")).containsExactly("1|2", "2|4");
    }
    assertThat(s.execute("COPY (SELECT * FROM g ORDER BY id) TO " + file("q.csv"))).isEqualTo(2);
    assertThat(text("q.csv")).isEqualTo("1,2\n2,4\n");
    refused("42P10", () -> s.execute("COPY g (id, d) FROM " + file("q.csv")));
  }

  @Test
  void copy_inTransactionAndByUsers_followsTheirRules() throws IOException {
    write("a.csv", "1,a\n2,b\n");
    s.execute("BEGIN");
    assertThat(s.execute("COPY t (id, name) FROM " + file("a.csv"))).isEqualTo(2);
    assertThat(s.execute("COPY t TO " + file("b.csv"))).isEqualTo(2);
    s.execute("ROLLBACK");
    assertThat(Sql.count(s, "t")).isZero();
    try (Session ann = db.session("ann")) {
      refused("42501", () -> ann.execute("COPY t FROM " + file("a.csv")));
      refused("42501", () -> ann.execute("COPY (SELECT 1) TO " + file("c.csv")));
    }
  }
}

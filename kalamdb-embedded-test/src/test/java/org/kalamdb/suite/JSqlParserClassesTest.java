package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import net.sf.jsqlparser.Model;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.parser.ASTNodeAccess;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.select.FromItem;
import net.sf.jsqlparser.statement.select.SetOperation;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/**
 * JSqlParser, which reads a dozen dialects, as a list of what somebody may write: for each class of
 * its trees a statement that has one, and what we do with it. {@code runs}, or SQLSTATE 0A000 or
 * 42601 with a place: never another error, and never something else than was written. A class that
 * a new version brings fails the test until a statement for it stands in {@code
 * jsqlparser-classes.txt}; {@code none} is for classes that its parser never makes.
 */
class JSqlParserClassesTest {
  /** A class without {@code net.sf.jsqlparser.}, what becomes of the statement, the statement. */
  private record Sample(String type, String outcome, String sql) {
    boolean exists() {
      return !outcome.equals("none");
    }

    List<String> allowed() {
      return switch (outcome) {
        case "dialect" -> List.of("runs", "0A000");
        case "runs", "0A000", "42601" -> List.of(outcome);
        default -> throw new IllegalArgumentException(type + " is " + outcome);
      };
    }
  }

  @Test
  void samples_ofEachNodeClass_areListed() throws Exception {
    assertThat(samples()).extracting(Sample::type).containsExactlyElementsOf(nodeClasses());
  }

  @Test
  void samples_parsedByJSqlParser_haveTheirClass() throws IOException {
    SoftAssertions all = new SoftAssertions();
    for (Sample sample : samples()) {
      if (sample.exists()) {
        all.assertThat(JSqlParserTree.hasClass(sample.sql(), sample.type()))
            .as(sample.type() + " in " + sample.sql())
            .isTrue();
      }
    }
    all.assertAll();
  }

  @Test
  void samples_inOurEngine_runOrAreRefusedAtAPlace() throws IOException {
    SoftAssertions all = new SoftAssertions();
    for (Sample sample : samples()) {
      if (sample.exists()) {
        all.assertThat(outcome(sample.sql())).as(sample.sql()).isIn(sample.allowed());
      }
    }
    all.assertAll();
  }

  private static String outcome(String sql) {
    try (KalamDB db = KalamDB.openInMemory();
        Session session = db.session()) {
      session.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, a INT, b TEXT, d DATE, ts TIMESTAMP, j JSON, day INT);"
              + "CREATE TABLE u (id BIGINT PRIMARY KEY);"
              + "CREATE TABLE e (id BIGINT PRIMARY KEY, v VECTOR(2));"
              + "INSERT INTO t VALUES (1, 1, 'x', NULL, NULL, '{}', 1)");
      if (sql.matches("COMMIT|ROLLBACK|SAVEPOINT .*")) {
        session.execute("BEGIN");
      }
      Object[] parameters = sql.contains("= ?") ? new Object[] {1} : new Object[0];
      session.query(sql, parameters).list();
      return "runs";
    } catch (KalamException e) {
      return e.line() > 0 ? e.sqlState() : e.sqlState() + " without a place";
    }
  }

  private static List<Sample> samples() throws IOException {
    try (InputStream in =
        JSqlParserClassesTest.class.getResourceAsStream("jsqlparser-classes.txt")) {
      assertThat(in).isNotNull();
      List<Sample> samples = new ArrayList<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        String[] parts = line.split(" \\| ", 3);
        samples.add(new Sample(parts[0], parts[1], parts[2]));
      }
      return samples;
    }
  }

  private static Set<String> nodeClasses() throws Exception {
    File jar =
        new File(CCJSqlParser.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Set<String> names = new TreeSet<>();
    try (JarFile file = new JarFile(jar)) {
      for (String entry : file.stream().map(ZipEntry::getName).toList()) {
        if (entry.startsWith("net/sf/jsqlparser/") && entry.endsWith(".class")) {
          String name = entry.substring(0, entry.length() - 6).replace('/', '.');
          Class<?> type = Class.forName(name, false, CCJSqlParser.class.getClassLoader());
          if (isNode(type)
              && !type.isInterface()
              && !type.isAnonymousClass()
              && !Modifier.isAbstract(type.getModifiers())) {
            names.add(name.substring(JSqlParserTree.PACKAGE.length()));
          }
        }
      }
    }
    return names;
  }

  private static boolean isNode(Class<?> type) {
    return Expression.class.isAssignableFrom(type)
        || Statement.class.isAssignableFrom(type)
        || FromItem.class.isAssignableFrom(type)
        || SetOperation.class.isAssignableFrom(type)
        || Model.class.isAssignableFrom(type)
        || ASTNodeAccess.class.isAssignableFrom(type);
  }
}

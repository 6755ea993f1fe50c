package org.kalamdb.internal.sql.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.statement.select.FromItem;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.SetOperation;
import org.junit.jupiter.api.Test;

/**
 * Every node class of JSqlParser is translated or refused on purpose; a new one fails this test.
 */
class JSqlParserDoorCoverageTest {
  @Test
  void nodeClasses_ofTheLibrary_areTranslatedOrListedAsRefused() throws Exception {
    Set<Class<?>> translated = new HashSet<>(ExpressionTranslator.translatedClasses());
    translated.addAll(SelectTranslator.TRANSLATED);
    translated.addAll(SelectTranslator.TRANSLATED_OPERATIONS);
    translated.addAll(FromTranslator.TRANSLATED);
    Set<String> names = new TreeSet<>();
    translated.forEach(type -> names.add(type.getName()));
    Set<String> refused = refused();

    assertThat(names).as("both translated and refused").doesNotContainAnyElementsOf(refused);
    names.addAll(refused);
    assertThat(names).containsExactlyInAnyOrderElementsOf(nodeClasses());
  }

  private static Set<String> refused() throws IOException {
    try (InputStream in =
        JSqlParserDoorCoverageTest.class.getResourceAsStream("refused-nodes.txt")) {
      assertThat(in).isNotNull();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new TreeSet<>(Arrays.asList(text.strip().split("\\s+")));
    }
  }

  private static Set<String> nodeClasses() throws Exception {
    File jar =
        new File(CCJSqlParser.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Set<String> names = new TreeSet<>();
    try (JarFile file = new JarFile(jar)) {
      for (String entry : file.stream().map(java.util.zip.ZipEntry::getName).toList()) {
        if (entry.startsWith("net/sf/jsqlparser/") && entry.endsWith(".class")) {
          String name = entry.substring(0, entry.length() - 6).replace('/', '.');
          Class<?> type = Class.forName(name, false, CCJSqlParser.class.getClassLoader());
          boolean node =
              Expression.class.isAssignableFrom(type)
                  || Select.class.isAssignableFrom(type)
                  || FromItem.class.isAssignableFrom(type)
                  || SetOperation.class.isAssignableFrom(type);
          if (node && !Modifier.isAbstract(type.getModifiers()) && !type.isAnonymousClass()) {
            names.add(name);
          }
        }
      }
    }
    return names;
  }
}

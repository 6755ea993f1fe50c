package org.kalamdb;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Holds the classes to the tables of ARCHITECTURE.md. */
class ArchitectureTest {
  private static final String ROOT = "org.kalamdb";
  private static final String ENGINE = "org.kalamdb.internal.engine";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  private static final ArchitectureTable TABLE = ArchitectureTable.parse(page());

  @Test
  void everyPackage_hasARow() {
    Set<String> unlisted = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      String unit = TABLE.unitOf(type.getName());
      if (!TABLE.units().containsKey(unit)) {
        unlisted.add(unit);
      }
    }
    assertThat(unlisted).as("packages without a row in ARCHITECTURE.md").isEmpty();
  }

  @Test
  void everyRow_isForCodeThatExists() {
    Set<String> stale = new TreeSet<>(TABLE.units().keySet());
    for (JavaClass type : CLASSES) {
      stale.remove(TABLE.unitOf(type.getName()));
    }
    assertThat(stale).as("rows of ARCHITECTURE.md without a class").isEmpty();
  }

  @Test
  void everyDependency_isInTheTable() {
    assertThat(strayEdges(TABLE, CLASSES))
        .as("edges that ARCHITECTURE.md does not allow")
        .isEmpty();
  }

  @Test
  void dependencyOutsideTheTable_isNamed() {
    ArchitectureTable strict =
        ArchitectureTable.parse(
            """
            | Package | Its subject | May use |
            |---|---|---|
            | `error` | | |
            | `schema` | | |

            | Foreign package | Only in |
            |---|---|
            """);
    JavaClasses classes = new ClassFileImporter().importPackages(ROOT + ".internal.catalog");
    assertThat(strayEdges(strict, classes))
        .anyMatch(edge -> edge.startsWith("org.kalamdb.internal.catalog -> org.kalamdb.schema ("));
  }

  @Test
  void foreignLibraries_stayBehindTheirDoors() {
    Set<String> breaches = new TreeSet<>();
    TABLE
        .doors()
        .forEach(
            (foreign, allowed) -> {
              for (JavaClass type : CLASSES) {
                if (!allowed.contains(TABLE.unitOf(type.getName()))) {
                  for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    if (isIn(foreign, dependency.getTargetClass())) {
                      breaches.add(foreign + " used by " + type.getName());
                    }
                  }
                }
              }
            });
    assertThat(breaches).as("uses of a foreign library outside its door").isEmpty();
  }

  @Test
  void engine_isReachedOnlyThroughItsDoors() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ENGINE)
        .and()
        .doNotHaveFullyQualifiedName(ROOT + ".KalamDB")
        .and()
        .resideOutsideOfPackage(ROOT + ".jdbc")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ENGINE)
        .check(CLASSES);
  }

  @Test
  void code_usesNeitherSerializationNorUnsafeNorTheConsole() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("sun.misc.Unsafe")
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void table_withAnUnknownPackage_isRejected() {
    assertThatThrownBy(() -> ArchitectureTable.parse(tableWith("| `schema` | | `eror` |")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("No row above is for org.kalamdb.eror");
  }

  @Test
  void table_withARowUsingALaterOne_isRejected() {
    assertThatThrownBy(
            () -> ArchitectureTable.parse(tableWith("| `query` | | `live` |\n| `live` | | |")))
        .hasMessageContaining("No row above is for org.kalamdb.live");
  }

  @Test
  void table_withTextThatIsNoName_isRejected() {
    assertThatThrownBy(() -> ArchitectureTable.parse(tableWith("| `query` | | error |")))
        .hasMessageContaining("Neither a name in backquotes nor (root): error");
  }

  @Test
  void table_withTwoRowsForOnePackage_isRejected() {
    assertThatThrownBy(() -> ArchitectureTable.parse(tableWith("| `error` | | |")))
        .hasMessageContaining("Two rows for org.kalamdb.error");
  }

  @Test
  void classWithARowOfItsOwn_isNotItsPackage() {
    ArchitectureTable table =
        ArchitectureTable.parse(tableWith("| (root) | | |\n| `KalamDB` | | (root) |"));
    assertThat(table.unitOf("org.kalamdb.KalamDB$Builder")).isEqualTo("org.kalamdb.KalamDB");
    assertThat(table.unitOf("org.kalamdb.Session")).isEqualTo("org.kalamdb");
    assertThat(table.allows("org.kalamdb.KalamDB", "org.kalamdb")).isTrue();
    assertThat(table.allows("org.kalamdb", "org.kalamdb.KalamDB")).isFalse();
  }

  private static Set<String> strayEdges(ArchitectureTable table, JavaClasses classes) {
    Set<String> stray = new TreeSet<>();
    for (JavaClass type : classes) {
      String origin = table.unitOf(type.getName());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass used = dependency.getTargetClass().getBaseComponentType();
        if (isIn(ROOT, used) && !table.allows(origin, table.unitOf(used.getName()))) {
          stray.add(
              "%s -> %s (%s uses %s)"
                  .formatted(
                      origin,
                      table.unitOf(used.getName()),
                      type.getSimpleName(),
                      used.getSimpleName()));
        }
      }
    }
    return stray;
  }

  private static boolean isIn(String packageName, JavaClass type) {
    return type.getBaseComponentType().getName().startsWith(packageName + ".");
  }

  private static String tableWith(String rows) {
    return """
        | Package | Its subject | May use |
        |---|---|---|
        | `error` | | |
        %s

        | Foreign package | Only in |
        |---|---|
        """
        .formatted(rows);
  }

  private static String page() {
    try {
      return Files.readString(Path.of("..", "ARCHITECTURE.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package org.kalamdb.internal.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/** Whatever a template is made of and names consist of: directories stay apart, and inside. */
class PathTemplateProperties {
  private static final List<String> LITERALS = List.of("users", "shared", "a", "ab", "0f", "x-y_z");

  /** Whose directory. */
  record Whose(TableId table, @Nullable UserId user) {}

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.oneOf(
            Arbitraries.of(LITERALS),
            Arbitraries.of(
                "..",
                ".",
                "/",
                "../..",
                "~",
                "a~",
                "%2F",
                "CON",
                "con",
                "nul",
                "A",
                "a ",
                "ß",
                "ı",
                "{userId}",
                "@7",
                "kalam.storage",
                "\u0041\u030a",
                "\u00c5",
                "C:",
                "\\",
                "x.parquet"),
            Arbitraries.of("x".repeat(64), "Ä".repeat(64), "\uD83D\uDE00".repeat(64)))
        .filter(name -> !name.isEmpty());
  }

  @Provide
  Arbitrary<Whose> users() {
    return Combinators.combine(names(), names(), names())
        .as((namespace, table, user) -> new Whose(TableId.of(namespace, table), new UserId(user)));
  }

  @Provide
  Arbitrary<Whose> shared() {
    return Combinators.combine(names(), names())
        .as((namespace, table) -> new Whose(TableId.of(namespace, table), null));
  }

  @Provide
  Arbitrary<String> userTemplates() {
    return templates(true);
  }

  @Provide
  Arbitrary<String> sharedTemplates() {
    return templates(false);
  }

  /** The variables in their order, with literals anywhere between. */
  private static Arbitrary<String> templates(boolean user) {
    return Arbitraries.randoms()
        .map(
            random -> {
              List<String> parts = new ArrayList<>();
              for (String variable :
                  List.of("{namespace}", "{tableName}", "{shard}", "{userId}", "")) {
                while (random.nextInt(3) == 0) {
                  parts.add(LITERALS.get(random.nextInt(LITERALS.size())));
                }
                boolean left = variable.equals("{shard}") && random.nextBoolean();
                boolean wanted = user || !variable.matches(".*(shard|userId).*");
                if (!variable.isEmpty() && wanted && !left) {
                  parts.add(variable);
                }
              }
              return String.join("/", parts);
            });
  }

  @Property(tries = 1000)
  void directoryOf_twoPartitions_neverOneDirectoryNorOneInCaseBlindEyes(
      @ForAll("userTemplates") String text,
      @ForAll("users") Whose one,
      @ForAll("users") Whose other) {
    Assume.that(!one.equals(other));
    PathTemplate template = PathTemplate.ofUserTables(text);
    assertThat(template.directoryOf(one.table(), one.user()))
        .isNotEqualToIgnoringCase(template.directoryOf(other.table(), other.user()));
  }

  @Property(tries = 1000)
  void directoryOf_anyPartition_isInsideAndOfHarmlessParts(
      @ForAll("userTemplates") String text, @ForAll("users") Whose whose) {
    Path root = Path.of("/root/of/storage");
    String directory = PathTemplate.ofUserTables(text).directoryOf(whose.table(), whose.user());
    Path resolved = root.resolve(directory).normalize();
    assertThat(resolved.startsWith(root)).isTrue();
    assertThat(resolved.getNameCount()).isEqualTo(3 + directory.split("/").length);
    for (String part : directory.split("/")) {
      assertThat(part).matches("[a-z0-9_%A-F-]+~?").doesNotStartWith("@").hasSizeLessThan(256);
    }
    assertThat(StorageFiles.storageOf(directory)).isZero();
    assertThat(StorageFiles.pathOf(StorageFiles.nameOf(12, directory))).isEqualTo(directory);
    assertThat(StorageFiles.storageOf(StorageFiles.nameOf(12, directory))).isEqualTo(12);
  }

  @Property(tries = 2000)
  void mayMeet_sharedTableAndUsersPartitionInOneDirectory_isSaidBefore(
      @ForAll("sharedTemplates") String sharedText,
      @ForAll("userTemplates") String userText,
      @ForAll("shared") Whose table,
      @ForAll("users") Whose partition) {
    PathTemplate shared = PathTemplate.ofSharedTables(sharedText);
    PathTemplate user = PathTemplate.ofUserTables(userText);
    Assume.that(!shared.mayMeet(user));
    assertThat(shared.directoryOf(table.table(), null))
        .isNotEqualToIgnoringCase(user.directoryOf(partition.table(), partition.user()));
  }

  @Property(tries = 500)
  void compile_variablesInAnotherOrderOrMissing_isRefused(
      @ForAll("userTemplates") String text, @ForAll Random random) {
    List<String> parts = new ArrayList<>(List.of(text.split("/")));
    List<Integer> variables = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).startsWith("{")) {
        variables.add(i);
      }
    }
    int one = variables.get(random.nextInt(variables.size()));
    int other = variables.get(random.nextInt(variables.size()));
    if (one == other) {
      Assume.that(!parts.get(one).equals("{shard}"));
      parts.set(one, "x");
    } else {
      String moved = parts.get(one);
      parts.set(one, parts.get(other));
      parts.set(other, moved);
    }
    String changed = String.join("/", parts);
    try {
      PathTemplate.ofUserTables(changed);
      throw new AssertionError("Taken: " + changed);
    } catch (KalamException e) {
      assertThat(e.sqlState()).isEqualTo("22023");
      assertThat(e.reason()).contains("cannot be used");
    }
  }

  @Property(tries = 200)
  void mayMeet_isSymmetric(
      @ForAll("sharedTemplates") String one, @ForAll("userTemplates") String other) {
    PathTemplate shared = PathTemplate.ofSharedTables(one);
    PathTemplate user = PathTemplate.ofUserTables(other);
    assertThat(shared.mayMeet(user)).isEqualTo(user.mayMeet(shared));
    assertThat(shared.mayMeet(shared)).isTrue();
  }
}

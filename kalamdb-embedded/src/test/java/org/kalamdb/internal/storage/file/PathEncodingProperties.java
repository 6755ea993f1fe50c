package org.kalamdb.internal.storage.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

class PathEncodingProperties {
  private static final PathTemplate USERS = PathTemplate.ofUserTables(PathTemplate.DEFAULT_USER);
  private static final TableId TABLE = TableId.of("chat", "messages");

  @Provide
  Arbitrary<String> hostileIds() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "..",
            "/",
            "\\",
            ".",
            "\0",
            "~",
            "~/",
            "%",
            "%2F",
            "con",
            "NUL",
            "nul",
            "com1",
            "a",
            "A",
            "ß",
            "\u0130",
            "i",
            "\n",
            ":",
            " ",
            "\uD83D\uDE00",
            "..%2f",
            "C:",
            "x".repeat(240),
            "Ä".repeat(60));
    return Arbitraries.oneOf(
            pieces.list().ofMinSize(1).ofMaxSize(6).map(list -> String.join("", list)),
            Arbitraries.strings().all().ofMinLength(1).ofMaxLength(90))
        .filter(PathEncodingProperties::isUserId);
  }

  private static boolean isUserId(String text) {
    try {
      new UserId(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Property(tries = 400)
  void encode_anyId_decodesToItself(@ForAll("hostileIds") String id) {
    assertThat(PathEncoding.decode(PathEncoding.encode(id))).isEqualTo(id);
  }

  @Property(tries = 400)
  void encode_anyId_partsAreHarmlessNames(@ForAll("hostileIds") String id) {
    for (String part : PathEncoding.encode(id).split("/", -1)) {
      assertThat(part).matches("([a-z0-9_-]|%[0-9A-F]{2}|%[0-9A-F]?~|[0-9A-F])+~?");
      assertThat(part.length()).isBetween(1, 255);
      assertThat(part.toLowerCase(Locale.ROOT)).isNotIn("con", "nul", "com1", ".", "..");
    }
  }

  @Property(tries = 400)
  void encode_twoIds_neverShareAFolderOnACaseBlindFileSystem(
      @ForAll("hostileIds") String one, @ForAll("hostileIds") String other) {
    Assume.that(!one.equals(other));
    String first = USERS.directoryOf(TABLE, new UserId(one));
    String second = USERS.directoryOf(TABLE, new UserId(other));
    assertThat(first).isNotEqualToIgnoringCase(second);
  }

  @Property(tries = 400)
  void directoryOf_anyId_staysInsideTheRoot(@ForAll("hostileIds") String id) {
    Path root = Path.of("/root/of/storage");
    Path users = root.resolve("chat/users/messages");
    Path directory = root.resolve(USERS.directoryOf(TABLE, new UserId(id))).normalize();
    assertThat(directory.startsWith(users)).isTrue();
    assertThat(directory.getNameCount()).isGreaterThan(users.getNameCount() + 1);
  }
}

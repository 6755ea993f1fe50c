package org.kalamdb.slt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.slt.KnownMisses.Place;

class KnownMissesTest {
  private static final String PAGE =
      """
      # Page

      - `not/a.slt`: 1

      ## Records that fail

      Why.

      ### Bits

      No such type.

      - `a/b.slt`: 3, 12
      - `a/c.slt`: 4

      ### Late

      Slow.

      - `d.slt`: 7
      """;

  @TempDir private Path directory;

  private KnownMisses read() throws IOException {
    return KnownMisses.read(directory.resolve("page.md"));
  }

  @Test
  void write_whatWasRead_isThePage() throws IOException {
    Path page = Files.writeString(directory.resolve("page.md"), PAGE);
    KnownMisses misses = read();
    assertThat(misses.places().stream().map(Place::toString))
        .containsExactly("a/b.slt:3", "a/b.slt:12", "a/c.slt:4", "d.slt:7");
    assertThat(misses.unexplained()).isEmpty();
    misses.write(page);
    assertThat(page).hasContent(PAGE);
  }

  @Test
  void update_otherMisses_keepsReasonsAndAsksForNewOnes() throws IOException {
    Path page = Files.writeString(directory.resolve("page.md"), PAGE);
    KnownMisses misses = read();
    Set<Place> actual = new TreeSet<>(Set.of(new Place("a/b.slt", 12), new Place("e.slt", 1)));
    misses.update(actual);
    misses.write(page);
    assertThat(page)
        .content()
        .contains("No such type.\n\n- `a/b.slt`: 12\n\n### Not sorted yet\n\n- `e.slt`: 1\n")
        .doesNotContain("Late", "a/c.slt");
    assertThat(read().places()).isEqualTo(actual);
    assertThat(read().unexplained()).containsExactly("### Not sorted yet");
  }
}

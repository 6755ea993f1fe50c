package org.kalamdb.internal.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

class LocalFileStoreTest {
  @TempDir Path directory;

  private static void write(FileStore store, String path, byte[] content) {
    try (WritableFile file = store.create(path)) {
      file.write(content, 0, content.length);
      file.sync();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "a/../../x",
        "/etc/passwd",
        "",
        "a//b",
        ".",
        "a/.",
        "a\0b",
        "a\\..\\b",
        "c:x"
      })
  void open_pathThatClimbsOut_isRefusedWithOneError(String path) {
    LocalFileStore store = new LocalFileStore(directory.resolve("root"));
    assertThatThrownBy(() -> store.open(path))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_NAME))
        .hasMessageContaining("leaves the directory of the storage");
  }

  @Test
  void create_throughASymbolicLinkOutOfTheRoot_isRefused() throws IOException {
    LocalFileStore store = new LocalFileStore(directory.resolve("root"));
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.createSymbolicLink(store.root().resolve("link"), outside);
    Files.createSymbolicLink(store.root().resolve("dangling"), directory.resolve("nowhere"));
    assertThatThrownBy(() -> store.create("link/x")).hasMessageContaining("leaves");
    assertThatThrownBy(() -> store.create("dangling")).hasMessageContaining("leaves");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void publish_syncedFile_replacesTheFormerOneWhole() {
    LocalFileStore store = new LocalFileStore(directory.resolve("root"));
    write(store, "a/b/x.tmp", new byte[] {1, 2, 3});
    store.publish("a/b/x.tmp", "a/b/x");
    write(store, "a/b/x.tmp", new byte[100_000]);
    store.publish("a/b/x.tmp", "a/b/x");
    assertThat(store.size("a/b/x")).isEqualTo(100_000);
    assertThat(store.list("")).containsExactly("a/b/x");
    assertThat(store.size("a/b/x.tmp")).isEqualTo(-1);
    assertThat(store.delete("a/b/x")).isTrue();
    assertThat(store.delete("a/b/x")).isFalse();
  }

  @Test
  void everyCall_onAnInterruptedThread_worksAndKeepsTheInterrupt() {
    LocalFileStore store = new LocalFileStore(directory.resolve("root"));
    Thread.currentThread().interrupt();
    try {
      write(store, "d/x.tmp", new byte[] {1, 2, 3, 4});
      store.publish("d/x.tmp", "d/x");
      byte[] read = new byte[2];
      try (ReadableFile file = store.open("d/x")) {
        file.read(1, read, 0, 2);
        file.read(2, read, 0, 2);
      }
      assertThat(read).containsExactly(3, 4);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void read_pastTheEnd_isDamage() {
    LocalFileStore store = new LocalFileStore(directory.resolve("root"));
    write(store, "x", new byte[10]);
    try (ReadableFile file = store.open("x")) {
      assertThatThrownBy(() -> file.read(8, new byte[4], 0, 4))
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED));
    }
    assertThatThrownBy(() -> store.open("y"))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNDEFINED_FILE));
  }
}

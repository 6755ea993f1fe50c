package org.kalamdb.internal.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

class DatabaseDirectoryTest {
  @TempDir Path temporary;

  private Path data() {
    return temporary.resolve("new/data");
  }

  private void createDatabase() throws IOException {
    try (DatabaseDirectory directory = DatabaseDirectory.open(data())) {
      assertThat(directory.isNew()).isTrue();
      Files.writeString(directory.hot().resolve("CURRENT"), "MANIFEST-000001\n");
      directory.markCreated();
      assertThat(directory.isNew()).isFalse();
    }
  }

  private void assertRefused(ErrorCode code, String... parts) {
    assertThatThrownBy(() -> DatabaseDirectory.open(data()).close())
        .isInstanceOfSatisfying(KalamException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContainingAll(parts);
  }

  @Test
  void open_createdBefore_isTheSameDatabase() throws IOException {
    UUID id;
    try (DatabaseDirectory directory = DatabaseDirectory.open(data())) {
      id = directory.databaseId();
      Files.writeString(directory.hot().resolve("CURRENT"), "MANIFEST-000001\n");
      directory.markCreated();
    }
    for (int i = 0; i < 2; i++) {
      DatabaseDirectory directory = DatabaseDirectory.open(data());
      assertThat(directory.isNew()).isFalse();
      assertThat(directory.databaseId()).isEqualTo(id);
      assertThat(directory.format()).isEqualTo(FormatVersion.V1);
      assertThat(directory.hot()).isDirectory();
      assertThat(directory.cold()).isDirectory();
      assertThatThrownBy(directory::markCreated).isInstanceOf(IllegalStateException.class);
      directory.close();
      directory.close();
    }
  }

  @Test
  void open_unfinishedCreation_isSweptAndNew() throws IOException {
    DatabaseDirectory first = DatabaseDirectory.open(data());
    Files.createDirectories(first.hot().resolve("a/b"));
    Files.writeString(first.hot().resolve("a/b/half"), "rubbish");
    first.close();
    try (DatabaseDirectory again = DatabaseDirectory.open(data())) {
      assertThat(again.isNew()).isTrue();
      assertThat(again.hot()).isEmptyDirectory();
    }
  }

  @Test
  void open_twiceInTheProcess_namesThisProcess() throws IOException {
    createDatabase();
    try (DatabaseDirectory open = DatabaseDirectory.open(data())) {
      assertThat(open.isNew()).isFalse();
      String pid = Long.toString(ProcessHandle.current().pid());
      assertRefused(ErrorCode.OBJECT_IN_USE, "this process", pid);
      Path link = temporary.resolve("link");
      Files.createSymbolicLink(link, data());
      assertThatThrownBy(() -> DatabaseDirectory.open(link)).hasMessageContaining(pid);
    }
    DatabaseDirectory.open(data()).close();
  }

  @Test
  void open_heldByAnotherProcess_namesItsPid() throws Exception {
    createDatabase();
    Process owner =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Owner.class.getName(),
                data().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(out.readLine()).isEqualTo("open");
      assertRefused(ErrorCode.OBJECT_IN_USE, "another process (pid " + owner.pid() + ")");
      assertRefused(ErrorCode.OBJECT_IN_USE, "another process (pid " + owner.pid() + ")");
    } finally {
      owner.destroyForcibly();
      assertThat(owner.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    DatabaseDirectory.open(data()).close();
  }

  /** Opens a database and keeps it until killed. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] args) throws IOException {
      DatabaseDirectory directory = DatabaseDirectory.open(Path.of(args[0]));
      System.out.println("open");
      System.out.flush();
      if (System.in.read() < 0) {
        directory.close();
      }
    }
  }

  @Test
  void open_directoryOfSomebodyElse_isRefusedAndUntouched() throws IOException {
    Files.createDirectories(data());
    Files.writeString(data().resolve("thesis.txt"), "precious");
    assertRefused(ErrorCode.CANNOT_CONNECT, "other files", "empty directory");
    try (Stream<Path> files = Files.list(data())) {
      assertThat(files).containsExactly(data().resolve("thesis.txt"));
    }
  }

  @Test
  void open_hotTierWithoutMarker_isRefusedAndUntouched() throws IOException {
    createDatabase();
    Files.delete(data().resolve("kalam.db"));
    assertRefused(ErrorCode.CANNOT_CONNECT, "kalam.db");
    assertThat(data().resolve("hot/CURRENT")).exists();
  }

  @Test
  void open_pathIsAFileOrBelowOne_isRefused() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "x");
    assertThatThrownBy(() -> DatabaseDirectory.open(file))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANNOT_CONNECT));
    assertThatThrownBy(() -> DatabaseDirectory.open(file.resolve("below")))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IO_ERROR));
  }

  @Test
  void open_lostCurrentFile_isDataCorrupted() throws IOException {
    createDatabase();
    Files.delete(data().resolve("hot/CURRENT"));
    assertRefused(ErrorCode.DATA_CORRUPTED, "CURRENT");
    Files.delete(data().resolve("hot"));
    assertRefused(ErrorCode.DATA_CORRUPTED, "CURRENT");
    assertThat(data().resolve("hot")).doesNotExist();
  }

  @Test
  void open_markerWithAnyFlippedBit_isDataCorrupted() throws IOException {
    createDatabase();
    Path marker = data().resolve("kalam.db");
    byte[] whole = Files.readAllBytes(marker);
    for (int i = 0; i < whole.length; i++) {
      byte[] flipped = whole.clone();
      flipped[i] ^= 2;
      Files.write(marker, flipped);
      assertRefused(ErrorCode.DATA_CORRUPTED, "kalam.db");
    }
    Files.write(marker, new byte[0]);
    assertRefused(ErrorCode.DATA_CORRUPTED, "kalam.db");
  }

  @Test
  void open_newerFormat_namesBothVersions() throws IOException {
    createDatabase();
    String text = "KalamDB\nformat=7\nsomething=new\n";
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        data().resolve("kalam.db"), text + String.format("crc32c=%08x\n", crc.getValue()));
    assertRefused(ErrorCode.FEATURE_NOT_SUPPORTED, "format 7", "up to 1");
  }

  @Test
  void open_interruptedThread_opensAndStaysInterrupted() throws IOException {
    Thread.currentThread().interrupt();
    try {
      createDatabase();
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
  }
}

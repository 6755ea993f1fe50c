package org.kalamdb.suite;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A file system of its own, in memory, that is full when it is full. Needs the right to mount one:
 * a test that asks for it where there is none is skipped and says so.
 */
final class SmallDisk implements AutoCloseable {
  private static final int BLOCK = 1 << 16;

  private final Path root;

  private SmallDisk(Path root) {
    this.root = root;
  }

  /** Mounts one at a directory that exists and is empty. */
  static SmallDisk mount(Path root, int megabytes) throws IOException, InterruptedException {
    String refused =
        run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", root.toString());
    Assumptions.assumeTrue(
        refused == null, () -> "no file system can be mounted here, which takes root: " + refused);
    return new SmallDisk(root);
  }

  /** What the command says when it fails; null if it does not. */
  private static String run(String... command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return e.getMessage();
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return List.of(command) + " does not end";
    }
    return process.exitValue() == 0 ? null : output.strip();
  }

  Path root() {
    return root;
  }

  long free() throws IOException {
    return Files.getFileStore(root).getUsableSpace();
  }

  /** Takes space until about so many bytes are left. */
  void fillUpTo(long left) throws IOException {
    try (RandomAccessFile ballast = new RandomAccessFile(ballast().toFile(), "rw")) {
      ballast.seek(ballast.length());
      byte[] block = new byte[BLOCK];
      while (free() > left + BLOCK) {
        ballast.write(block);
      }
    }
  }

  /** Gives back what {@link #fillUpTo} took. */
  void empty() throws IOException {
    Files.deleteIfExists(ballast());
  }

  private Path ballast() {
    return root.resolve("ballast");
  }

  @Override
  public void close() throws IOException, InterruptedException {
    String failed = run("umount", root.toString());
    if (failed != null) {
      throw new IOException("The small disk stays mounted: " + failed);
    }
  }
}

package org.kalamdb.crash;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An ext4 file system in a file, mounted through a loop device, whose power can be cut: by its
 * shutdown call, without flushing its log, after which what was not synced is gone and every call
 * fails until it is mounted again. Needs root, loop devices, and python3 or a C compiler. Closing
 * unmounts it, which frees the loop device; so does the end of this process.
 */
final class LoopDisk implements AutoCloseable {
  private static final long BYTES = 2L << 30; // a sparse file

  /** {@code EXT4_IOC_SHUTDOWN}, with {@code EXT4_GOING_FLAGS_NOLOGFLUSH}. */
  private static final String SHUTDOWN_CALL = "0x8004587D";

  private static final int NO_LOG_FLUSH = 2;

  private final Path image;
  private final Path mountPoint;
  private final List<String> cutCommand;
  private final Thread atExit = new Thread(this::unmountAnyway);
  private boolean mounted;

  private LoopDisk(Path image, Path mountPoint, List<String> cutCommand) {
    this.image = image;
    this.mountPoint = mountPoint;
    this.cutCommand = cutCommand;
  }

  /** Why there can be none here; null if one can be tried. */
  static @Nullable String missing() {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return "power is cut on Linux only";
    }
    if (!"root".equals(System.getProperty("user.name"))) {
      return "a file system cannot be mounted: this is not root";
    }
    if (!Files.exists(Path.of("/dev/loop-control"))) {
      return "there are no loop devices";
    }
    for (String tool : List.of("mkfs.ext4", "mount", "umount")) {
      if (find(tool) == null) {
        return "there is no " + tool;
      }
    }
    if (find("python3") == null && find("gcc") == null) {
      return "there is neither python3 nor gcc to make the shutdown call";
    }
    return null;
  }

  /**
   * Makes and mounts one.
   *
   * @throws IOException if this machine does not let us, although nothing is {@link #missing()}
   */
  static LoopDisk create(Path directory) throws IOException, InterruptedException {
    Path image = directory.resolve("disk.img");
    Path mountPoint = Files.createDirectory(directory.resolve("disk"));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(BYTES);
    }
    run(List.of("mkfs.ext4", "-q", "-F", image.toString()));
    LoopDisk disk = new LoopDisk(image, mountPoint, cutCommand(directory, mountPoint));
    Runtime.getRuntime().addShutdownHook(disk.atExit);
    disk.mount();
    return disk;
  }

  private static List<String> cutCommand(Path directory, Path mountPoint)
      throws IOException, InterruptedException {
    String target = mountPoint.toString();
    if (find("gcc") == null) {
      String script =
          "import fcntl, os, struct, sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), "
              + SHUTDOWN_CALL
              + ", struct.pack('I', "
              + NO_LOG_FLUSH
              + "))";
      return List.of("python3", "-c", script, target);
    }
    Path source = directory.resolve("cut.c");
    Files.writeString(
        source,
        "#include <fcntl.h>\n#include <sys/ioctl.h>\n"
            + "int main(int n, char **v) { unsigned flags = "
            + NO_LOG_FLUSH
            + "; return ioctl(open(v[1], O_RDONLY), "
            + SHUTDOWN_CALL
            + "UL, &flags) == 0 ? 0 : 1; }\n");
    Path program = directory.resolve("cut");
    run(List.of("gcc", "-o", program.toString(), source.toString()));
    return List.of(program.toString(), target);
  }

  /** Where it is mounted. */
  Path path() {
    return mountPoint;
  }

  /** Cuts the power. */
  void cut() throws IOException, InterruptedException {
    run(cutCommand);
  }

  /** Unmounts it and mounts it again, which replays the journal. */
  void powerOn() throws IOException, InterruptedException {
    run(List.of("umount", mountPoint.toString()));
    mounted = false;
    mount();
  }

  private void mount() throws IOException, InterruptedException {
    run(List.of("mount", "-o", "loop", image.toString(), mountPoint.toString()));
    mounted = true;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    Runtime.getRuntime().removeShutdownHook(atExit);
    if (mounted) {
      mounted = false;
      run(List.of("umount", "-l", mountPoint.toString()));
    }
    Files.deleteIfExists(image);
  }

  private void unmountAnyway() {
    try {
      if (mounted) {
        run(List.of("umount", "-l", mountPoint.toString()));
      }
    } catch (IOException | InterruptedException e) {
      System.err.println("Left mounted: " + mountPoint + ": " + e);
    }
  }

  static @Nullable Path find(String tool) {
    List<String> directories = new ArrayList<>();
    directories.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)));
    directories.addAll(List.of("/usr/sbin", "/sbin"));
    return directories.stream()
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    List<String> found = new ArrayList<>(command);
    Path tool = command.get(0).startsWith("/") ? Path.of(command.get(0)) : find(command.get(0));
    found.set(0, String.valueOf(tool));
    Process process = new ProcessBuilder(found).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException(command + " failed: " + said);
    }
  }
}

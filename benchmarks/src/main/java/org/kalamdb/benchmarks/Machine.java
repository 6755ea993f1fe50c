package org.kalamdb.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The machine and the libraries a figure belongs to. */
public final class Machine {
  private static final int SYNC_SAMPLES = 300;

  private Machine() {}

  public static String hardware() throws IOException {
    return Runtime.getRuntime().availableProcessors()
        + " cores ("
        + processor()
        + "), "
        + Math.round(system().getTotalMemorySize() / (double) (1L << 30))
        + " GiB memory, "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ", data on "
        + Files.getFileStore(DataDirectory.root()).type();
  }

  private static OperatingSystemMXBean system() {
    return (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  }

  private static String processor() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    if (Files.isReadable(info)) {
      for (String line : Files.readAllLines(info, StandardCharsets.UTF_8)) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    }
    return "unknown processor";
  }

  public static String java() {
    return System.getProperty("java.vm.name")
        + " "
        + System.getProperty("java.runtime.version")
        + ", default options";
  }

  /** Load average of the last minute; negative where the system does not tell. */
  public static double load() {
    return system().getSystemLoadAverage();
  }

  /** The median time of appending 256 bytes to a file and syncing it, in microseconds. */
  static double syncMicros() throws IOException {
    try (DataDirectory directory = new DataDirectory();
        FileChannel file =
            FileChannel.open(
                directory.path().resolve("sync"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
      long[] nanos = new long[SYNC_SAMPLES];
      ByteBuffer bytes = ByteBuffer.allocate(256);
      for (int i = 0; i < nanos.length; i++) {
        long start = System.nanoTime();
        file.write(bytes.rewind());
        file.force(false);
        nanos[i] = System.nanoTime() - start;
      }
      Arrays.sort(nanos);
      return nanos[nanos.length / 2] / 1e3;
    }
  }

  /** Waits, for some minutes at most, until others leave the cores alone. */
  static void awaitQuiet(double load, int minutes) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    while (load() >= load && System.nanoTime() < deadline) {
      System.out.printf(Locale.ROOT, "Load average %.2f: waiting for a quieter machine%n", load());
      TimeUnit.SECONDS.sleep(20);
    }
  }

  /** Names and versions of the libraries that matter, as the class path has them. */
  public static String libraries() {
    Pattern jar =
        Pattern.compile(
            "(rocksdbjni|sqlite-jdbc|duckdb_jdbc|h2|hsqldb|arrow-vector|parquet-column|zstd-jni|jmh-core)-([0-9.]+(?:-[0-9]+)?)\\.jar");
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(entry -> jar.matcher(Path.of(entry).getFileName().toString()))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1) + " " + matcher.group(2))
        .sorted()
        .collect(Collectors.joining(", "));
  }
}

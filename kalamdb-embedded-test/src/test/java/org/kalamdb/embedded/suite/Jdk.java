package org.kalamdb.embedded.suite;

import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** An installed JDK of version 17 or later. */
record Jdk(Path home, String version) {
  private static final int OLDEST = 17;

  /**
   * The running JDK first, then those of the system property {@code kalamdb.test.jdks} (homes,
   * separated like a class path), of environment variables such as {@code JAVA_HOME_25_X64}, and of
   * {@code /usr/lib/jvm}; each once.
   */
  static List<Jdk> installed() throws IOException {
    List<Path> homes = new ArrayList<>();
    homes.add(Path.of(System.getProperty("java.home")));
    for (String home : System.getProperty("kalamdb.test.jdks", "").split(File.pathSeparator)) {
      if (!home.isEmpty()) {
        homes.add(Path.of(home));
      }
    }
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.matches("JAVA_HOME_\\d+_\\w+")) {
                homes.add(Path.of(value));
              }
            });
    Path debian = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(debian)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(debian)) {
        entries.forEach(homes::add);
      }
    }
    Map<Path, Jdk> byJava = new LinkedHashMap<>();
    for (Path home : homes) {
      Path java = home.resolve("bin").resolve("java");
      if (Files.isExecutable(java)) {
        Jdk jdk = new Jdk(home, versionOf(home));
        if (jdk.feature() >= OLDEST) {
          byJava.putIfAbsent(java.toRealPath(), jdk);
        }
      }
    }
    return List.copyOf(byJava.values());
  }

  Path java() {
    return home.resolve("bin").resolve("java");
  }

  /** 17 for 17.0.15; 0 if the version is unknown. */
  int feature() {
    return version.isEmpty() ? 0 : Runtime.Version.parse(version).feature();
  }

  private static String versionOf(Path home) throws IOException {
    Path release = home.resolve("release");
    if (!Files.isReadable(release)) {
      return "";
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(release)) {
      properties.load(reader);
    }
    String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
    return version.startsWith("1.") ? "" : version;
  }
}

package org.kalamdb.embedded.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.slf4j.nop.NOPServiceProvider;

/**
 * A program with nothing but the product's class path and no JVM flag runs on every JDK that is
 * installed: {@link BareMain} in a process of its own.
 */
class BareJvmTest {
  private static final int SECONDS = 120;

  /** What JDK 24 and later say of libraries that load native code or use sun.misc.Unsafe. */
  private static final List<Pattern> JDK_NOTICES =
      Stream.of(
              "WARNING: A restricted method in java\\.lang\\.System has been called",
              "WARNING: java\\.lang\\.System::load(Library)? has been called by .*",
              "WARNING: Use --enable-native-access=ALL-UNNAMED to avoid a warning .*",
              "WARNING: Restricted methods will be blocked in a future release .*",
              "WARNING: A terminally deprecated method in sun\\.misc\\.Unsafe has been called",
              "WARNING: sun\\.misc\\.Unsafe::\\w+ has been called by .*",
              "WARNING: Please consider reporting this to the maintainers of .*",
              "WARNING: sun\\.misc\\.Unsafe::\\w+ will be removed in a future release")
          .map(Pattern::compile)
          .toList();

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> bareJvm_withoutFlags_writesFlushesAndReads() throws IOException {
    List<Jdk> jdks = Jdk.installed();
    Stream<DynamicTest> runs =
        jdks.stream().map(jdk -> dynamicTest("JDK " + jdk.version(), () -> runsWithoutFlags(jdk)));
    if (jdks.size() > 1) {
      return runs;
    }
    String hint = "only the running JDK was found; name others in -Dkalamdb.test.jdks";
    return Stream.concat(runs, Stream.of(dynamicTest("another JDK", () -> abort(hint))));
  }

  private void runsWithoutFlags(Jdk jdk) throws Exception {
    Path own = Files.createDirectory(directory.resolve("jdk-" + jdk.version()));
    Path output = own.resolve("output");
    Path errors = own.resolve("errors");
    ProcessBuilder builder =
        new ProcessBuilder(
            jdk.java().toString(),
            "-cp",
            classPath(),
            BareMain.class.getName(),
            own.resolve("data").toString());
    builder
        .environment()
        .keySet()
        .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"));
    builder.redirectOutput(output.toFile()).redirectError(errors.toFile());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS))
          .as("the program ends within %d s; errors so far: %s", SECONDS, errors)
          .isTrue();
    } finally {
      process.destroyForcibly();
    }
    String seen = Files.readString(errors);
    assertThat(process.exitValue()).as("exit code; standard error: %n%s", seen).isZero();
    assertThat(Files.readString(output).lines().toList()).last().isEqualTo("ok");
    assertThat(seen.lines().filter(line -> !isNotice(line)).toList())
        .as("lines on standard error that no JDK notice explains, of: %n%s", seen)
        .isEmpty();
  }

  private static boolean isNotice(String line) {
    return line.isBlank()
        || JDK_NOTICES.stream().anyMatch(notice -> notice.matcher(line).matches());
  }

  /** The product, what it asks for, a log binding that says nothing, and the program itself. */
  private static String classPath() throws IOException, URISyntaxException {
    Path libraries = Path.of("..", "kalamdb-embedded", "target", "class-path");
    assertThat(libraries).as("written by the build of kalamdb-embedded").exists();
    return String.join(
        File.pathSeparator,
        locationOf(BareMain.class),
        locationOf(KalamDB.class),
        Files.readString(libraries).strip(),
        locationOf(NOPServiceProvider.class));
  }

  private static String locationOf(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }
}

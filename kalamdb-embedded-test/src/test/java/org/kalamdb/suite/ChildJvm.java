package org.kalamdb.suite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A second JVM with this one's class path. Close kills it; its errors go where ours go. */
public final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader lines;

  public ChildJvm(Class<?> program, String... arguments) throws IOException {
    this(Map.of(), program, arguments);
  }

  /**
   * @param environment variables that it has beside ours
   */
  public ChildJvm(Map<String, String> environment, Class<?> program, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(program.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    process = builder.start();
    lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** The next line it prints; null when it has ended and all is read. */
  public String readLine() throws IOException {
    return lines.readLine();
  }

  /** Sends it a line. */
  public void send(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** Kills it as {@code kill -9} does and waits for its end; what it printed can still be read. */
  public void kill() throws InterruptedException {
    // The process's own method would close the pipe with what is still to be read.
    process.toHandle().destroyForcibly();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new AssertionError("A killed process does not end");
    }
  }

  @Override
  public void close() throws InterruptedException, IOException {
    kill();
    lines.close();
  }
}

package org.kalamdb.samples.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/** Runs the sample as its users do, in a process of its own, with good input and with bad. */
class FeedSampleTest {
  private static final String HEADER =
      "commit_id,user_id,authored_at,subject,body,files_changed,insertions,deletions\n";
  private static final Path COMMITS = Path.of("../../../shared/data/redis-commits.csv.gz");

  @TempDir Path directory;

  private record Run(int exit, List<String> out, String err) {
    String lastLine() {
      return out.isEmpty() ? "" : out.get(out.size() - 1);
    }
  }

  private Run feed(Object... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), FeedSample.class.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Path out = Files.createTempFile(directory, "out", ".txt");
    Path err = Files.createTempFile(directory, "err", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return new Run(
        process.exitValue(), Files.readString(out).lines().toList(), Files.readString(err));
  }

  private Path csv(String content) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "feed", ".csv"), content);
  }

  private static String line(String id, String user) {
    return id + "," + user + ",1700000000,\"a, \"\"quoted\"\" subject\",\"two\nlines\",1,2,3\n";
  }

  @Test
  void run_withoutArguments_importsItsExample() throws Exception {
    Run run = feed();
    assertThat(run.exit()).isZero();
    assertThat(run.lastLine()).isEqualTo("rows=3000 users=57 segments=58 events=3000 ok");
  }

  @Test
  void run_gzipAndHostileUsersAndAgain_keepsEachRowOnce() throws Exception {
    String users =
        line("1", "../x") + line("1", "a/b") + line("1", "A") + line("1", "a") + line("2", "a");
    Path file = directory.resolve("feed.csv.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write((HEADER + users).getBytes(StandardCharsets.UTF_8));
    }
    Path data = directory.resolve("data");
    assertThat(feed(file, data).lastLine()).isEqualTo("rows=5 users=4 segments=5 events=5 ok");
    assertThat(feed(file, data).lastLine()).isEqualTo("rows=5 users=4 segments=5 events=0 ok");
    try (var files = Files.walk(directory)) {
      assertThat(files.filter(f -> f.toString().endsWith(".parquet")))
          .hasSize(5)
          .allMatch(f -> f.startsWith(data.resolve("cold")));
    }
  }

  @Test
  void run_malformedLine_namesItAndKeepsWhatCameBefore() throws Exception {
    Path data = directory.resolve("data");
    Run run =
        feed(csv(HEADER + line("1", "u") + line("2", "u") + "3,u,not a number,s,b,1,2,3\n"), data);
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("feed: line 6: malformed CSV").contains("not a number");
    try (KalamDB db = KalamDB.open(data);
        Session user = db.session("u")) {
      assertThat(FeedDatabase.count(user, "feed.events")).isEqualTo(2);
    }
  }

  @Test
  void run_badInput_oneClearErrorEach() throws Exception {
    assertThat(feed(directory.resolve("absent.csv")).err()).contains("feed: no such file");
    assertThat(feed(directory.resolve("absent.csv")).exit()).isEqualTo(1);
    assertThat(feed(csv(HEADER.replace("subject", "title"))).err())
        .contains("line 1: unknown column \"title\"");
    assertThat(feed(csv("commit_id\n1\n")).err()).contains("line 1: missing column user_id");
    assertThat(feed(csv("")).err()).contains("line 1: the file is empty");
    assertThat(feed(csv(HEADER + "1,u,1,\"open")).err()).contains("a quoted field is not closed");
  }

  @Test
  void run_directoryInUse_refusedAndUntouched() throws Exception {
    Path data = directory.resolve("data");
    try (KalamDB db = KalamDB.open(data)) {
      Run run = feed(csv(HEADER + line("1", "u")), data);
      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.err())
          .contains("55006")
          .contains(String.valueOf(ProcessHandle.current().pid()));
      assertThat(db.query("SHOW NAMESPACES").list()).hasSize(1);
    }
  }

  static boolean commitsArePresent() {
    return Files.isRegularFile(COMMITS);
  }

  @Test
  @EnabledIf("commitsArePresent")
  void run_realCommits_countsAreKnown() throws Exception {
    Run run = feed(COMMITS, directory.resolve("data"));
    assertThat(run.lastLine()).isEqualTo("rows=10839 users=836 segments=837 events=10839 ok");
  }
}

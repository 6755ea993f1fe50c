package org.kalamdb.benchmarks.durability;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;

/**
 * The program that is killed: makes a table, opens the database again, prints {@code ready}, and
 * after a byte on its standard input inserts rows 1 to n, each a commit of its own, printing the
 * number of each as soon as it is acknowledged. Then it waits. Arguments: contender, directory, n.
 */
final class CommitProgram {
  private CommitProgram() {}

  public static void main(String[] arguments)
      throws SQLException, IOException, InterruptedException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    int commits = Integer.parseInt(arguments[2]);
    Contender contender = Contender.valueOf(arguments[0]);
    Path directory = Path.of(arguments[1]);
    try (Connection connection = contender.open(directory);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(200))");
    }
    try (Connection connection = contender.open(directory)) {
      TimeUnit.SECONDS.sleep(2); // for those who write the table some time after they say so
      out.println("ready");
      if (System.in.read() < 0) {
        return;
      }
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
        for (int id = 1; id <= commits; id++) {
          insert.setInt(1, id);
          insert.setString(2, "row " + id);
          insert.executeUpdate();
          out.println(id);
        }
      }
      Thread.sleep(Long.MAX_VALUE);
    }
  }
}

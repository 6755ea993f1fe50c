package org.kalamdb.suite;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;

/**
 * A program that writes synced commits until it is killed, and says on its standard output what is
 * acknowledged: {@code + id} after an insert, {@code = id n} after an update, {@code - id} after a
 * delete. Arguments: the directory, the first id.
 */
final class CommitWriter {
  private CommitWriter() {}

  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(
            new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
    // Compactions would make few files of many; CrashSuiteTest has them.
    KalamDB db =
        KalamDB.open(
            Path.of(arguments[0]), KalamOptions.builder().backgroundCompaction(false).build());
    try (Session s = db.session("alice")) {
      long first = Long.parseLong(arguments[1]);
      out.println("open");
      for (long id = first; ; id++) {
        s.execute("INSERT INTO k.t VALUES (?, 0, ?)", id, "row " + id);
        out.println("+ " + id);
        if (id % 5 == 4) {
          if (s.execute("UPDATE k.t SET n = n + 1 WHERE id = ?", id - 3) == 1) {
            out.println("= " + (id - 3) + " 1");
          }
          s.execute("DELETE FROM k.t WHERE id = ?", id - 2);
          out.println("- " + (id - 2));
        }
        if (id % 20 == 19) {
          db.execute("STORAGE FLUSH TABLE k.t");
        }
      }
    }
  }
}

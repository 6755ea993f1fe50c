package org.kalamdb.suite;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/**
 * A program that alters a table in transactions until it is killed, and prints the number of each
 * that is acknowledged. Transaction n adds row n, and by turns a column {@code c_n} with an index,
 * another type for {@code v}, which writes all rows anew, or nothing more. Arguments: the
 * directory, the first number.
 */
final class AlterWriter {
  private AlterWriter() {}

  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(
            new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
    KalamDB db = KalamDB.open(Path.of(arguments[0]));
    try (Session s = db.session()) {
      out.println("open");
      for (long n = Long.parseLong(arguments[1]); ; n++) {
        s.execute("BEGIN");
        s.execute("INSERT INTO t (id, v) VALUES (" + n + ", '" + n + "')");
        if (n % 3 == 0) {
          s.execute("ALTER TABLE t ADD COLUMN c_" + n + " BIGINT DEFAULT " + n);
          s.execute("CREATE INDEX i_" + n + " ON t (c_" + n + ")");
          s.execute("UPDATE t SET c_" + n + " = -id - 1 WHERE id = " + n);
        } else if (n % 3 == 1) {
          String type = n % 2 == 0 ? "TEXT" : "BIGINT";
          s.execute("ALTER TABLE t ALTER v TYPE " + type + " USING v::" + type);
        }
        s.execute("COMMIT");
        out.println(n);
        if (n % 4 == 3) {
          s.execute("STORAGE FLUSH TABLE t");
        }
      }
    }
  }
}

package org.kalamdb.suite;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;

/**
 * A program that runs the statements of its arguments one after the other, again and again, until
 * it is killed. It says {@code ready} before the first. Arguments: the directory, then statements.
 */
final class CrashWriter {
  /** What a statement has committed survives the process. */
  static final KalamOptions OPTIONS = KalamOptions.builder().durability(Durability.NONE).build();

  private CrashWriter() {}

  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(
            new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
    try (KalamDB db = KalamDB.open(Path.of(arguments[0]), OPTIONS);
        Session session = db.session()) {
      out.println("ready");
      while (true) {
        for (int i = 1; i < arguments.length; i++) {
          session.execute(arguments[i]);
        }
      }
    }
  }
}

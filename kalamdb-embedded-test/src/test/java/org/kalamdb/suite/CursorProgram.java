package org.kalamdb.suite;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.SubscriptionOptions;

/**
 * A program that inserts rows until it is killed and listens to them with a cursor: {@code told id}
 * for each, {@code reset} if it had to start over. Arguments: the directory, the first id.
 */
final class CursorProgram {
  private CursorProgram() {}

  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    KalamDB db = KalamDB.open(Path.of(arguments[0]));
    Session alice = db.session("alice");
    CountDownLatch ready = new CountDownLatch(1);
    alice
        .cursor("c")
        .subscribe(
            "SELECT id, n FROM k.t",
            SubscriptionOptions.defaults(),
            event -> {
              if (event instanceof ChangeEvent.Reset) {
                out.println("reset");
              } else if (event instanceof ChangeEvent.Ready) {
                ready.countDown();
              } else if (event instanceof ChangeEvent.Changes changes) {
                changes.changes().forEach(c -> out.println("told " + c.newRow().getLong(0)));
              }
            });
    ready.await();
    for (long id = Long.parseLong(arguments[1]); ; id++) {
      alice.execute("INSERT INTO k.t VALUES (?, 1)", id);
    }
  }
}

package org.kalamdb.crash;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;

/**
 * The program that is killed: all {@linkplain Writer writers} at once, with changes of the catalog,
 * flushes and compactions beside them. It warms up, prints {@code warm}, waits for a line {@code
 * directory durability seed}, opens the database, prints {@code open} and writes until it is
 * killed. An acknowledged transaction is a line {@code ack writer transaction commit .}: one that
 * the kill cut off has no point.
 */
final class CrashLoad {
  private static final int WARM_UP = 30;

  private final KalamDB db;
  private final PrintStream out;
  private final long seed;

  private CrashLoad(KalamDB db, PrintStream out, long seed) {
    this.db = db;
    this.out = out;
    this.seed = seed;
  }

  public static void main(String[] arguments) throws IOException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    long seed = Long.parseLong(arguments[0]);
    warmUp(seed);
    out.println("warm");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    @Nullable String line = in.readLine();
    if (line == null) {
      return;
    }
    String[] words = line.split(" ", -1);
    KalamOptions options = options(Durability.parse(words[1]));
    KalamDB db = KalamDB.open(Path.of(words[0]), options);
    out.println("open");
    new CrashLoad(db, out, seed).start(Long.parseLong(words[2]));
  }

  static KalamOptions options(Durability durability) {
    return KalamOptions.builder()
        .durability(durability)
        .hotCacheBytes(8 << 20)
        .coldCacheBytes(8 << 20)
        .queryThreads(1)
        .build();
  }

  /** Loads and compiles what the writers need. */
  private static void warmUp(long seed) {
    try (KalamDB memory = KalamDB.openInMemory(options(Durability.NONE))) {
      Writer.createTables(memory);
      for (Writer writer : Writer.all(seed)) {
        try (Session session = writer.open(memory)) {
          for (long n = 1; n <= WARM_UP; n++) {
            run(session, writer.transaction(n));
          }
        }
      }
      try (Session session = memory.session()) {
        for (int n = 0; n < SchemaWriter.steps(); n++) {
          SchemaWriter.run(memory, session, n);
        }
      }
      memory.execute("STORAGE FLUSH ALL");
      memory.execute("STORAGE COMPACT ALL");
    }
  }

  private static void run(Session session, List<Writer.Step> steps) {
    session.inTransaction(
        own -> {
          for (int i = 0; i < steps.size(); i++) {
            Writer.Step step = steps.get(i);
            long rows = own.execute(step.sql(), step.parameters().toArray());
            if (i == 0 && rows != 1) {
              throw new IllegalStateException("Not the next transaction: " + step);
            }
          }
          return steps.size();
        });
  }

  private interface Work {
    void step(Session session) throws Exception;
  }

  private void start(long run) {
    for (Writer writer : Writer.all(seed)) {
      thread(() -> writer.open(db), session -> writes(writer, session));
    }
    thread(db::session, this::changesOfTheCatalog);
    thread(db::session, session -> maintains(session, new Random(run)));
  }

  private interface Opening {
    Session open();
  }

  private void thread(Opening opening, Work work) {
    new Thread(
            () -> {
              try (Session session = opening.open()) {
                work.step(session);
              } catch (Throwable e) {
                synchronized (out) {
                  out.println("failed " + e + " .");
                  e.printStackTrace();
                }
              }
            })
        .start();
  }

  private void writes(Writer writer, Session session) {
    for (long n = writer.stored(session) + 1; ; n++) {
      runUntilFirst(session, writer.transaction(n));
      out.println("ack " + writer.number() + " " + n + " " + writer.storedSeq(session) + " .");
    }
  }

  /** Again and again while others come first. */
  private static void runUntilFirst(Session session, List<Writer.Step> steps) {
    while (true) {
      try {
        run(session, steps);
        return;
      } catch (org.kalamdb.error.KalamException e) {
        if (!e.sqlState().equals("40001")) {
          throw e;
        }
      }
    }
  }

  private void changesOfTheCatalog(Session session) throws InterruptedException {
    long n = SchemaWriter.stored(session);
    while (true) {
      try {
        SchemaWriter.run(db, session, n);
        n++;
        out.println("ack " + SchemaWriter.NUMBER + " " + n + " 0 .");
      } catch (org.kalamdb.error.KalamException e) {
        if (!e.sqlState().equals("40001")) {
          throw e;
        }
      }
      Thread.sleep(50); // the writers shall come first mostly
    }
  }

  private static void maintains(Session session, Random random) throws InterruptedException {
    List<String> tables =
        List.of("c.u_items", "c.s_items", "c.u_children", "c.s_parents", "c.transfers");
    while (true) {
      String work = random.nextInt(4) == 0 ? "COMPACT" : "FLUSH";
      String table = tables.get(random.nextInt(tables.size()));
      session.execute("STORAGE " + work + " TABLE " + table);
      Thread.sleep(random.nextInt(40));
    }
  }
}

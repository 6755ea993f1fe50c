package org.kalamdb.samples.presence;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;

/**
 * {@code presence}: three people join a room; one stays for a while, one leaves, one just vanishes.
 * A live query shows who is there at each moment. Exit code 0 if it was right every time, else 2.
 */
public final class PresenceSample {
  private static final List<String> EXPECTED =
      List.of("+ ada", "+ bob", "+ cleo", "- bob", "- cleo", "- ada");

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final TurnedClock clock = new TurnedClock();
  private long seconds;
  private boolean right = true;

  private PresenceSample() {}

  public static void main(String[] args) {
    if (args.length > 0) {
      System.err.println("usage: presence");
      System.exit(1);
    }
    System.exit(new PresenceSample().run());
  }

  private int run() {
    try (KalamDB db = KalamDB.openInMemory(KalamOptions.builder().clock(clock).build())) {
      Room.createTable(db);
      try (Room lobby = new Room(db, "lobby");
          Room attic = new Room(db, "attic");
          Visitors visitors = lobby.visitors()) {
        attic.heartbeat("dora"); // another room, of which the lobby hears nothing
        lobby.heartbeat("ada");
        lobby.heartbeat("bob");
        lobby.heartbeat("cleo");
        show("all three join", visitors, Set.of("ada", "bob", "cleo"));
        pass(20);
        lobby.heartbeat("ada");
        lobby.heartbeat("bob");
        show("ada and bob are heard of again", visitors, Set.of("ada", "bob", "cleo"));
        pass(5);
        lobby.leave("bob");
        show("bob leaves", visitors, Set.of("ada", "cleo"));
        pass(5);
        show("nobody has heard of cleo for 30 s", visitors, Set.of("ada"));
        pass(20);
        show("nor of ada", visitors, Set.of());
        right &= visitors.history().equals(EXPECTED);
        out.println("heard: " + String.join(", ", visitors.history()));
      }
    }
    out.println(right ? "ok" : "FAILED");
    return right ? 0 : 2;
  }

  private void pass(int more) {
    seconds += more;
    clock.turn(Duration.ofSeconds(more));
  }

  private void show(String what, Visitors visitors, Set<String> expected) {
    boolean as = visitors.await(expected);
    right &= as;
    out.printf(
        "%3d s  %-32s there: %s%s%n",
        seconds, what, expected.stream().sorted().toList(), as ? "" : "  NOT SO");
  }
}

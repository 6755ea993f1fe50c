package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/** Events live as long as their table says, by the database's own clock. */
class StreamTest {
  private static long count(Session session) {
    return session.query("SELECT count(*) FROM n.typing").single().getLong(0);
  }

  private static long stored(KalamDB db) {
    return db.query("SHOW STATS FOR TABLE n.typing").single().getLong("hot_rows");
  }

  @Test
  void events_ofATransaction_areSeenInItAndCanBeTakenBack() {
    try (KalamDB db = KalamDB.openInMemory()) {
      db.execute("CREATE NAMESPACE n");
      db.execute("CREATE STREAM TABLE n.typing (who TEXT) WITH (TTL_SECONDS = 1000)");
      try (Session alice = db.session("alice");
          Session other = db.session("alice")) {
        alice.execute("INSERT INTO n.typing VALUES ('a'), ('b')");
        alice.execute("BEGIN");
        alice.execute("INSERT INTO n.typing VALUES ('c'), ('d')");
        alice.execute("DELETE FROM n.typing WHERE who = 'a'");
        assertThat(who(alice)).containsExactly("b", "c", "d");
        assertThat(alice.execute("DELETE FROM n.typing WHERE who = 'a'")).isZero();
        alice.execute("SAVEPOINT s");
        assertThat(alice.execute("DELETE FROM n.typing WHERE who IN ('b', 'c')")).isEqualTo(2);
        alice.execute("INSERT INTO n.typing SELECT who || '2' FROM n.typing");
        assertThat(who(alice)).containsExactly("d", "d2");
        alice.execute("ROLLBACK TO SAVEPOINT s");
        assertThat(who(alice)).containsExactly("b", "c", "d");
        alice.execute("DELETE FROM n.typing WHERE who = 'd'");
        assertThat(who(other)).containsExactly("a", "b");
        alice.execute("COMMIT");
        assertThat(who(alice)).containsExactly("b", "c");
        assertThat(who(other)).containsExactly("b", "c");
      }
    }
  }

  @Test
  void event_deletedByTwo_isLostByTheSecond() {
    try (KalamDB db = KalamDB.openInMemory()) {
      db.execute("CREATE NAMESPACE n");
      db.execute("CREATE STREAM TABLE n.typing (who TEXT) WITH (TTL_SECONDS = 1000)");
      try (Session alice = db.session("alice");
          Session other = db.session("alice")) {
        alice.execute("INSERT INTO n.typing VALUES ('a'), ('b')");
        alice.execute("BEGIN");
        alice.execute("DELETE FROM n.typing WHERE who = 'a'");
        other.execute("DELETE FROM n.typing WHERE who = 'a'");
        Sql.refused("40001", () -> alice.execute("COMMIT"));
        assertThat(who(alice)).containsExactly("b");
      }
    }
  }

  private static List<String> who(Session session) {
    return Sql.rows(session, "SELECT who FROM n.typing ORDER BY who");
  }

  @Test
  void events_pastTheirTime_areHiddenAtOnceAndEvictedSoon() throws Exception {
    HandClock clock = new HandClock();
    try (KalamDB db = KalamDB.openInMemory(KalamOptions.builder().clock(clock).build())) {
      db.execute("CREATE NAMESPACE n");
      db.execute("CREATE STREAM TABLE n.typing (who TEXT) WITH (TTL_SECONDS = 10)");
      try (Session alice = db.session("alice");
          Session bob = db.session("bob")) {
        alice.execute("INSERT INTO n.typing VALUES ('a'), ('b')");
        clock.advance(Duration.ofSeconds(6));
        alice.execute("INSERT INTO n.typing VALUES ('c')");
        bob.execute("INSERT INTO n.typing VALUES ('d')");
        assertThat(count(alice)).isEqualTo(3);
        clock.advance(Duration.ofMillis(3_999));
        assertThat(count(alice)).isEqualTo(3);
        clock.advance(Duration.ofMillis(1));
        assertThat(count(alice)).isEqualTo(1);
        assertThat(count(bob)).isEqualTo(1);
        assertThat(alice.query("SELECT who FROM n.typing").single().getString(0)).isEqualTo("c");
        clock.advance(Duration.ofSeconds(20));
        assertThat(count(alice)).isZero();
        long patience = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (stored(db) > 0 && System.nanoTime() < patience) {
          Thread.onSpinWait();
        }
        assertThat(stored(db)).isZero();
      }
    }
  }

  @Test
  void deleteAndUpdate_onEvents() {
    try (KalamDB db = KalamDB.openInMemory()) {
      db.execute("CREATE NAMESPACE n");
      db.execute("CREATE STREAM TABLE n.typing (who TEXT) WITH (TTL_SECONDS = 1000)");
      try (Session alice = db.session("alice")) {
        alice.execute("INSERT INTO n.typing VALUES ('a'), ('b'), ('c')");
        assertThat(alice.execute("DELETE FROM n.typing WHERE who = 'b'")).isEqualTo(1);
        assertThat(count(alice)).isEqualTo(2);
        assertThatThrownBy(() -> alice.execute("UPDATE n.typing SET who = 'x'"))
            .isInstanceOfSatisfying(
                KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("0A000"));
        assertThatThrownBy(() -> db.execute("STORAGE FLUSH TABLE n.typing"))
            .isInstanceOfSatisfying(
                KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("42809"));
      }
    }
  }
}

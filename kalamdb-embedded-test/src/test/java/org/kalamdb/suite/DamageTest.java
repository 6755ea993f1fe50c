package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryMode;
import org.kalamdb.SalvageReport;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * Random damage to the files of a database that is not open: it comes back whole, or is refused
 * with words that name what is wrong, when it is opened or when what is damaged is read. Never does
 * it come back with other rows, without some, or not at all. After a kill it may come back without
 * its last commits, if it says so: nobody can tell damage of the last bytes of a log from a write
 * that was interrupted.
 *
 * <p>What is refused is salvaged: that opens, with rows that were there at some time and nothing
 * else, sound by the checker, and as an ordinary database from then on; or it is refused.
 *
 * <p>{@code -Dkalamdb.damage.seed=N -Dkalamdb.damage.trials=N} repeat or lengthen it; {@code
 * target/damage.txt} has how they ended.
 */
@ExtendWith(TemporaryDatabase.class)
class DamageTest {
  private static final long SEED = Long.getLong("kalamdb.damage.seed", System.nanoTime());
  private static final int TRIALS = Integer.getInteger("kalamdb.damage.trials", 150) / 3;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final KalamOptions SALVAGE =
      KalamOptions.builder().recovery(RecoveryMode.SALVAGE).build();

  /** How a trial ended. */
  private enum Verdict {
    INTACT,
    PREFIX,
    REFUSED_AT_OPEN,
    REFUSED_WHEN_READ
  }

  /** How salvaging what was refused ended. */
  private enum Salvaged {
    WHOLE,
    PART,
    REFUSED
  }

  /** What is damaged, and what may come of it. */
  private static final class Subject {
    final Path original;
    final Path older;

    /** Contents after each commit that a kill may have interrupted; the last is the whole. */
    final List<List<String>> states = new ArrayList<>();

    /** Every version of every row there ever was. */
    final Set<String> everThere;

    /** How many of the contents are the rows themselves. */
    int rows;

    Subject(Path original, Path older, Set<String> everThere) {
      this.original = original;
      this.older = older;
      this.everThere = everThere;
    }

    List<String> whole() {
      return states.get(states.size() - 1);
    }
  }

  private final Map<String, Integer> counts = new TreeMap<>();
  private final List<String> refusals = new ArrayList<>();

  private static Subject closed(TestDatabase database) throws Exception {
    Set<String> everThere = new HashSet<>();
    Path older = database.scratch().resolve("older");
    DamageWriter.fill(
        database.db(),
        db -> {
          everThere.addAll(DamageWriter.rows(db));
          if (!Files.exists(older)) {
            copy(database.directory(), older);
          }
        });
    everThere.addAll(DamageWriter.rows(database.db()));
    Subject subject = new Subject(database.directory(), older, everThere);
    subject.states.add(DamageWriter.contents(database.db()));
    subject.rows = DamageWriter.rows(database.db()).size();
    database.closeDatabase();
    return subject;
  }

  private static Path copy(Path from, Path to) {
    try {
      return Damages.copyTree(from, to);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void damage_toAClosedDatabase_isNeverSilent(TestDatabase database) throws Exception {
    run(closed(database), database.scratch(), SEED);
  }

  @Test
  void damage_toAReopenedDatabase_isNeverSilent(TestDatabase database) throws Exception {
    Subject first = closed(database);
    Path older = copy(first.original, database.scratch().resolve("closed-once"));
    database.db().execute("INSERT INTO k.s VALUES (999, 'after the first close')");
    Subject subject = new Subject(first.original, older, first.everThere);
    subject.everThere.addAll(DamageWriter.rows(database.db()));
    subject.states.add(DamageWriter.contents(database.db()));
    subject.rows = DamageWriter.rows(database.db()).size();
    database.closeDatabase();
    run(subject, database.scratch(), SEED + 1);
  }

  @Test
  void damage_toAKilledDatabase_isNeverSilent(TestDatabase database) throws Exception {
    Subject first = closed(database);
    Path killed = copy(first.original, database.scratch().resolve("killed"));
    try (ChildJvm child = new ChildJvm(DamageWriter.class, killed.toString())) {
      assertThat(child.readLine()).isEqualTo("done");
      child.kill();
    }
    Subject subject = new Subject(killed, first.original, first.everThere);
    Path same = copy(first.original, database.scratch().resolve("same"));
    try (KalamDB db = KalamDB.open(same)) {
      subject.states.add(DamageWriter.contents(db));
      for (DamageWriter.Step step : DamageWriter.LAST) {
        DamageWriter.run(db, step);
        subject.states.add(DamageWriter.contents(db));
        subject.everThere.addAll(DamageWriter.rows(db));
      }
      subject.rows = DamageWriter.rows(db).size();
    }
    run(subject, database.scratch(), SEED + 2);
  }

  private void run(Subject subject, Path scratch, long seed) throws Exception {
    Random random = new Random(seed);
    int verdicts = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
      Path directory = Damages.copyTree(subject.original, scratch.resolve("trial"));
      Damages.Damage damage = Damages.apply(directory, subject.older, random);
      String what = "seed " + seed + ", trial " + trial + ": " + damage;
      Path again = Damages.copyTree(directory, scratch.resolve("salvage"));
      Verdict verdict =
          assertTimeoutPreemptively(LIMIT, () -> judge(directory, subject, damage, what), what);
      count(damage.kind() + " " + verdict);
      count("all " + verdict);
      verdicts++;
      if (verdict == Verdict.REFUSED_AT_OPEN || verdict == Verdict.REFUSED_WHEN_READ) {
        Salvaged salvaged =
            assertTimeoutPreemptively(LIMIT, () -> salvage(again, subject, what), what);
        count("salvaged " + salvaged);
      }
      Damages.deleteTree(directory);
      Damages.deleteTree(again);
    }
    Files.writeString(
        Path.of("target", "damage.txt"),
        "seed " + seed + ", " + TRIALS + " trials: " + counts + "\n" + String.join("\n", refusals),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    assertThat(verdicts).isEqualTo(TRIALS);
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  private static Verdict judge(
      Path directory, Subject subject, Damages.Damage damage, String what) {
    try (KalamDB db = KalamDB.open(directory)) {
      List<String> found;
      try {
        found = DamageWriter.contents(db);
      } catch (KalamException e) {
        assertDamage(e, damage, what);
        return Verdict.REFUSED_WHEN_READ;
      }
      if (!found.equals(subject.whole()) && !db.recovery().tornTails().isEmpty()) {
        assertThat(subject.states).as(what).contains(found);
        return Verdict.PREFIX;
      }
      assertThat(found).as(what).isEqualTo(subject.whole());
      return Verdict.INTACT;
    } catch (KalamException e) {
      assertDamage(e, damage, what);
      return Verdict.REFUSED_AT_OPEN;
    }
  }

  private static void assertDamage(KalamException error, Damages.Damage damage, String what) {
    assertThat(error.sqlState())
        .as(what + ": " + error)
        .isIn("XX001", "XX002", "58030", "58P01", "08001", "0A000");
    // Where a file is whole but older, it is what it should hold that can be named.
    assertThat(error.getMessage())
        .as(what)
        .containsAnyOf(damage.file().getFileName().toString(), "hot tier", "kalam.", "table k.");
  }

  private Salvaged salvage(Path directory, Subject subject, String what) {
    List<String> found;
    SalvageReport report;
    try (KalamDB db = KalamDB.open(directory, SALVAGE)) {
      report = db.recovery().salvaged();
      assertThat(db.check().problems()).as(what + ": " + report).isEmpty();
      found = contentsLeft(db);
    } catch (KalamException e) {
      assertThat(e.sqlState()).as(what + ": " + e).isIn("XX001", "58030", "08001", "0A000");
      refusals.add(what + ": " + e.getMessage());
      return Salvaged.REFUSED;
    }
    assertThat(report.keptIn()).as(what).isDirectory();
    try (KalamDB db = KalamDB.open(directory)) {
      assertThat(db.recovery().cleanlyClosed()).as(what).isTrue();
      assertThat(contentsLeft(db)).as(what).isEqualTo(found);
      assertThat(db.check().problems()).as(what).isEmpty();
    }
    boolean whole = !found.isEmpty() && found.equals(subject.whole().subList(0, subject.rows));
    if (!whole) {
      assertThat(subject.everThere).as(what + ": " + report).containsAll(found);
      assertThat(report.isLossless()).as(what + ": " + report).isFalse();
    }
    return whole ? Salvaged.WHOLE : Salvaged.PART;
  }

  /** The rows, as far as their tables are there. */
  private static List<String> contentsLeft(KalamDB db) {
    try (Session session = db.session()) {
      boolean all =
          Sql.rows(session, "SHOW NAMESPACES").toString().contains("k")
              && Sql.rows(session, "SHOW TABLES IN k").size() == 3;
      return all ? DamageWriter.rows(db) : List.of();
    }
  }
}

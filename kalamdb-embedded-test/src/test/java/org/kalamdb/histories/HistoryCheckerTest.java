package org.kalamdb.histories;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.kalamdb.histories.Anomaly.Kind;
import org.kalamdb.histories.History.Append;
import org.kalamdb.histories.History.Operation;
import org.kalamdb.histories.History.Read;
import org.kalamdb.histories.History.Transaction;

/** The checker finds what it is there for, on histories made by hand, and nothing in good ones. */
class HistoryCheckerTest {
  private static final int X = 1;
  private static final int Y = 2;
  private static final int Z = 3;

  private final History history = new History();
  private long clock;

  private static Append w(int key, int value) {
    return new Append(key, value, false);
  }

  private static Read r(int key, Integer... values) {
    return new Read(key, List.of(values), 0);
  }

  /** Transactions that all ran at the same time. */
  private HistoryCheckerTest together(String name, Operation... operations) {
    history.add(new Transaction(name, true, 0, Long.MAX_VALUE, Arrays.asList(operations)));
    return this;
  }

  private HistoryCheckerTest aborted(String name, Operation... operations) {
    history.add(new Transaction(name, false, 0, Long.MAX_VALUE, Arrays.asList(operations)));
    return this;
  }

  /** A transaction after those before it. */
  private HistoryCheckerTest then(String name, Operation... operations) {
    long began = ++clock;
    List<Operation> timed = new ArrayList<>();
    for (Operation operation : operations) {
      timed.add(
          operation instanceof Read read
              ? new Read(read.key(), read.values(), ++clock)
              : operation);
    }
    history.add(new Transaction(name, true, began, ++clock, timed));
    return this;
  }

  private Set<Kind> kinds() {
    return HistoryChecker.check(history).stream()
        .map(Anomaly::kind)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Kind.class)));
  }

  @Test
  void oneAfterTheOther_isSound() {
    then("a", r(X), w(X, 1), r(X, 1)).then("b", r(X, 1), w(X, 2), w(X, 3)).then("c", r(X, 1, 2, 3));
    assertThat(kinds()).isEmpty();
  }

  @Test
  void writesInOppositeOrder_areG0() {
    together("a", w(X, 1), w(Y, 1_1)).together("b", w(X, 2), w(Y, 2_2));
    together("end", r(X, 1, 2), r(Y, 2_2, 1_1));
    assertThat(kinds()).contains(Kind.G0);
  }

  @Test
  void readOfWhatWasRolledBack_isG1a() {
    aborted("a", w(X, 1)).together("b", r(X, 1));
    assertThat(kinds()).containsExactly(Kind.G1A);
  }

  @Test
  void readOfWhatASavepointTookBack_isG1a() {
    together("a", new Append(X, 1, true)).together("b", r(X, 1));
    assertThat(kinds()).containsExactly(Kind.G1A);
  }

  @Test
  void readOfWhatItsWriterWroteOver_isG1b() {
    together("a", w(X, 1), w(X, 2)).together("b", r(X, 1)).together("end", r(X, 1, 2));
    assertThat(kinds()).contains(Kind.G1B);
  }

  @Test
  void readsOfEachOther_areG1c() {
    together("a", w(X, 1), r(Y, 2)).together("b", w(Y, 2), r(X, 1));
    assertThat(kinds()).contains(Kind.G1C).doesNotContain(Kind.G0, Kind.G2);
  }

  @Test
  void readOfHalfATransaction_isGSingle() {
    together("a", w(X, 1), w(Y, 2)).together("b", r(X, 1), r(Y)).together("end", r(Y, 2));
    assertThat(kinds()).containsExactly(Kind.G_SINGLE);
  }

  @Test
  void writeOverWhatWasNotRead_isP4() {
    together("a", r(X), w(X, 1)).together("b", r(X), w(X, 2)).together("end", r(X, 1, 2));
    assertThat(kinds()).contains(Kind.P4, Kind.G_SINGLE);
  }

  @Test
  void writeThatIsGone_isLost() {
    together("a", r(X), w(X, 1)).together("b", r(X), w(X, 2)).together("end", r(X, 2));
    assertThat(kinds()).contains(Kind.LOST_WRITE);
  }

  @Test
  void writeSkew_isG2AndNothingLess() {
    together("a", r(X), r(Y), w(X, 1)).together("b", r(X), r(Y), w(Y, 2));
    together("end", r(X, 1), r(Y, 2));
    assertThat(kinds()).containsExactly(Kind.G2);
  }

  @Test
  void skewOfThree_isG2() {
    together("a", r(X), w(Y, 1)).together("b", r(Y), w(Z, 2)).together("c", r(Z), w(X, 3));
    together("end", r(X, 3), r(Y, 1), r(Z, 2));
    assertThat(kinds()).containsExactly(Kind.G2);
  }

  @Test
  void readOnlyAnomaly_isG2() {
    // Fekete, O'Neil, O'Neil: the reader sees the later of two that overlap, and not the earlier.
    together("a", r(X), r(Y), w(X, 1)).together("b", r(Y), w(Y, 2)).together("c", r(X), r(Y, 2));
    together("end", r(X, 1));
    assertThat(kinds()).containsExactly(Kind.G2);
  }

  @Test
  void longFork_isNonadjacent() {
    // Two readers see two writers in opposite order: no snapshots can do that.
    together("a", w(X, 1)).together("b", w(Y, 2));
    together("c", r(X, 1), r(Y)).together("d", r(X), r(Y, 2));
    assertThat(kinds()).contains(Kind.G_NONADJACENT).doesNotContain(Kind.G_SINGLE);
  }

  @Test
  void readsThatNoOrderExplains_areIncompatible() {
    together("a", w(X, 1)).together("b", w(X, 2)).together("c", r(X, 1, 2)).together("d", r(X, 2));
    assertThat(kinds()).contains(Kind.INCOMPATIBLE_ORDER);
  }

  @Test
  void numberFromNowhereOrTwice_isGarbage() {
    together("a", w(X, 1)).together("b", r(X, 1, 1)).together("c", r(Y, 7));
    assertThat(kinds()).contains(Kind.GARBAGE);
    assertThat(HistoryChecker.check(history)).hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  void ownWriteThatIsNotSeen_isInternal() {
    together("a", w(X, 1), r(X)).together("end", r(X, 1));
    assertThat(kinds()).contains(Kind.INTERNAL);
  }

  @Test
  void listThatGoesBack_isInternal() {
    together("a", w(X, 1)).together("b", r(X, 1), r(X));
    assertThat(kinds()).contains(Kind.INTERNAL, Kind.G_SINGLE);
  }

  @Test
  void readThatMissesAnEarlierCommit_isStale() {
    then("a", w(X, 1)).then("b", r(X)).then("end", r(X, 1));
    assertThat(kinds()).contains(Kind.STALE_READ, Kind.REAL_TIME);
  }

  @Test
  void orderAgainstTime_isSeenThroughOthers() {
    // b was over when c began, but d shows c before b.
    long late = 100;
    history.add(new Transaction("b", true, 0, 10, List.of(w(X, 1))));
    history.add(new Transaction("c", true, 20, late, List.of(w(Y, 2))));
    history.add(new Transaction("d", true, 0, late, List.of(new Read(X, List.of(), 0), r(Y, 2))));
    history.add(new Transaction("end", true, late + 1, late + 2, List.of(r(X, 1))));
    assertThat(kinds()).containsExactly(Kind.REAL_TIME);
  }

  /** Serial histories of random transactions have no anomaly; one read changed in them has. */
  @Test
  void randomSerialHistories_areSound() {
    for (int seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      HistoryCheckerTest serial = new HistoryCheckerTest();
      List<List<Integer>> lists = new ArrayList<>();
      for (int key = 0; key < 4; key++) {
        lists.add(new ArrayList<>());
      }
      int next = 0;
      for (int t = 0; t < 60; t++) {
        List<Operation> operations = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
          int key = random.nextInt(4);
          if (random.nextBoolean()) {
            operations.add(w(key, ++next));
            lists.get(key).add(next);
          } else {
            operations.add(r(key, lists.get(key).toArray(Integer[]::new)));
          }
        }
        serial.then("t" + t, operations.toArray(Operation[]::new));
      }
      List<Operation> all = new ArrayList<>();
      for (int key = 0; key < 4; key++) {
        all.add(r(key, lists.get(key).toArray(Integer[]::new)));
      }
      serial.then("end", all.toArray(Operation[]::new));
      assertThat(HistoryChecker.check(serial.history)).as("seed " + seed).isEmpty();
      int key = random.nextInt(4);
      if (!lists.get(key).isEmpty()) {
        serial.then(
            "stale",
            r(key, lists.get(key).subList(0, lists.get(key).size() - 1).toArray(Integer[]::new)));
        assertThat(serial.kinds()).as("seed " + seed).contains(Kind.STALE_READ);
      }
    }
  }
}

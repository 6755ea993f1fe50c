package org.kalamdb.histories;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.kalamdb.histories.Anomaly.Kind;
import org.kalamdb.histories.DependencyGraph.Edge;
import org.kalamdb.histories.DependencyGraph.Reason;
import org.kalamdb.histories.History.Append;
import org.kalamdb.histories.History.Operation;
import org.kalamdb.histories.History.Read;
import org.kalamdb.histories.History.Transaction;

/**
 * Finds the anomalies of a history. The longest list read of a key is the order of its versions;
 * all others must be beginnings of it. A history should end with a transaction that reads every
 * key, or writes that nobody read go unnoticed.
 */
final class HistoryChecker {
  private static final int MOST_OF_A_KIND = 5;

  private final List<Transaction> transactions;
  private final Map<Integer, Integer> writerOf = new HashMap<>();
  private final Map<Integer, Append> appendOf = new HashMap<>();
  private final Map<Integer, List<Integer>> versions = new HashMap<>();
  private final DependencyGraph graph;
  private final Map<Kind, List<Anomaly>> found = new EnumMap<>(Kind.class);

  private HistoryChecker(History history) {
    this.transactions = history.transactions();
    this.graph = new DependencyGraph(transactions.size());
  }

  /** At most a few of each kind. */
  static List<Anomaly> check(History history) {
    HistoryChecker checker = new HistoryChecker(history);
    checker.indexWrites();
    checker.orderVersions();
    checker.checkWrites();
    for (int t = 0; t < checker.transactions.size(); t++) {
      checker.checkReads(t);
    }
    checker.link();
    checker.findCycles();
    return checker.found.values().stream().flatMap(List::stream).collect(Collectors.toList());
  }

  private void report(Kind kind, String text) {
    List<Anomaly> same = found.computeIfAbsent(kind, k -> new ArrayList<>());
    if (same.size() < MOST_OF_A_KIND) {
      same.add(new Anomaly(kind, text));
    }
  }

  private void indexWrites() {
    for (int t = 0; t < transactions.size(); t++) {
      for (Operation operation : transactions.get(t).operations()) {
        if (operation instanceof Append append) {
          if (writerOf.put(append.value(), t) != null) {
            throw new IllegalArgumentException("Written twice: " + append.value());
          }
          appendOf.put(append.value(), append);
        }
      }
    }
  }

  /** Reads of transactions that were rolled back count: what they saw must have been true too. */
  private void orderVersions() {
    for (Transaction transaction : transactions) {
      Set<Integer> own = ownValues(transaction);
      for (Operation operation : transaction.operations()) {
        if (operation instanceof Read read) {
          List<Integer> seen = external(read, own);
          versions.merge(
              read.key(),
              seen,
              (longest, other) -> other.size() > longest.size() ? other : longest);
        }
      }
    }
  }

  private static Set<Integer> ownValues(Transaction transaction) {
    Set<Integer> own = new HashSet<>();
    for (Operation operation : transaction.operations()) {
      if (operation instanceof Append append) {
        own.add(append.value());
      }
    }
    return own;
  }

  /** What a read saw of others: without own writes at its end. */
  private static List<Integer> external(Read read, Set<Integer> own) {
    int end = read.values().size();
    while (end > 0 && own.contains(read.values().get(end - 1))) {
      end--;
    }
    return read.values().subList(0, end);
  }

  /** Everything committed is there, once, and nothing else. */
  private void checkWrites() {
    versions.forEach(
        (key, order) -> {
          Set<Integer> once = new HashSet<>();
          for (int value : order) {
            if (!once.add(value) || !writerOf.containsKey(value)) {
              report(Kind.GARBAGE, "key " + key + " holds " + value + " in " + order);
            }
          }
        });
    for (Transaction transaction : transactions) {
      for (Operation operation : transaction.operations()) {
        if (operation instanceof Append append
            && transaction.committed()
            && !append.undone()
            && versions.containsKey(append.key())
            && !versions.get(append.key()).contains(append.value())) {
          report(
              Kind.LOST_WRITE,
              append.value() + " is not in key " + append.key() + ", of " + transaction);
        }
      }
    }
  }

  private void checkReads(int t) {
    Transaction transaction = transactions.get(t);
    Set<Integer> own = ownValues(transaction);
    Map<Integer, List<Integer>> written = new HashMap<>();
    Map<Integer, List<Integer>> seenBefore = new HashMap<>();
    for (Operation operation : transaction.operations()) {
      if (operation instanceof Append append) {
        if (!append.undone()) {
          written.computeIfAbsent(append.key(), k -> new ArrayList<>()).add(append.value());
        }
        continue;
      }
      Read read = (Read) operation;
      List<Integer> seen = external(read, own);
      List<Integer> ownPart = read.values().subList(seen.size(), read.values().size());
      if (!ownPart.equals(written.getOrDefault(read.key(), List.of()))) {
        report(
            Kind.INTERNAL,
            "own writes to key " + read.key() + " seen as " + ownPart + " by " + transaction);
      }
      List<Integer> order = versions.get(read.key());
      if (!order.subList(0, Math.min(seen.size(), order.size())).equals(seen)) {
        report(
            Kind.INCOMPATIBLE_ORDER,
            "key " + read.key() + " read as " + seen + " and as " + order + ", by " + transaction);
      }
      if (seenBefore.getOrDefault(read.key(), List.of()).size() > seen.size()) {
        report(Kind.INTERNAL, "key " + read.key() + " went back in " + transaction);
      }
      seenBefore.put(read.key(), seen);
      checkSources(read, seen, transaction);
    }
  }

  private void checkSources(Read read, List<Integer> seen, Transaction reader) {
    for (int value : seen) {
      Integer writer = writerOf.get(value);
      if (writer != null
          && (!transactions.get(writer).committed() || appendOf.get(value).undone())) {
        report(Kind.G1A, value + " of key " + read.key() + " was rolled back, seen by " + reader);
      }
    }
    if (seen.isEmpty()) {
      return;
    }
    int last = seen.get(seen.size() - 1);
    Integer writer = writerOf.get(last);
    if (writer == null) {
      return;
    }
    boolean after = false;
    for (Operation operation : transactions.get(writer).operations()) {
      if (operation instanceof Append append && append.key() == read.key() && !append.undone()) {
        if (after) {
          report(
              Kind.G1B,
              last
                  + " of key "
                  + read.key()
                  + " is not the last of its transaction, seen by "
                  + reader);
          return;
        }
        after = append.value() == last;
      }
    }
  }

  // ---- the graph

  private void link() {
    Map<Integer, long[]> earliestEnd = new HashMap<>();
    versions.forEach(
        (key, order) -> {
          for (int i = 1; i < order.size(); i++) {
            Integer from = committedWriter(order.get(i - 1));
            Integer to = committedWriter(order.get(i));
            if (from != null && to != null) {
              graph.add(from, to, Reason.WW);
            }
          }
          earliestEnd.put(key, earliestEnds(order));
        });
    for (int t = 0; t < transactions.size(); t++) {
      if (transactions.get(t).committed()) {
        linkReads(t, earliestEnd);
      }
    }
    linkTime();
  }

  private Integer committedWriter(int value) {
    Integer writer = writerOf.get(value);
    return writer == null || !transactions.get(writer).committed() ? null : writer;
  }

  /** For each place in the order, the earliest end of a transaction that wrote there or later. */
  private long[] earliestEnds(List<Integer> order) {
    long[] ends = new long[order.size() + 1];
    ends[order.size()] = Long.MAX_VALUE;
    for (int i = order.size() - 1; i >= 0; i--) {
      Integer writer = committedWriter(order.get(i));
      ends[i] =
          Math.min(ends[i + 1], writer == null ? Long.MAX_VALUE : transactions.get(writer).ended());
    }
    return ends;
  }

  private void linkReads(int t, Map<Integer, long[]> earliestEnd) {
    Transaction transaction = transactions.get(t);
    Set<Integer> own = ownValues(transaction);
    Map<Integer, Integer> readUpTo = new HashMap<>();
    for (Operation operation : transaction.operations()) {
      if (operation instanceof Append append) {
        checkOverwrite(transaction, append, readUpTo.get(append.key()));
        continue;
      }
      Read read = (Read) operation;
      List<Integer> order = versions.get(read.key());
      int size = Math.min(external(read, own).size(), order.size());
      readUpTo.putIfAbsent(read.key(), size);
      if (size > 0) {
        Integer writer = committedWriter(order.get(size - 1));
        if (writer != null) {
          graph.add(writer, t, Reason.WR);
        }
      }
      // The next version may be its own.
      if (size < order.size()) {
        Integer writer = committedWriter(order.get(size));
        if (writer != null) {
          graph.add(t, writer, Reason.RW);
        }
      }
      if (earliestEnd.get(read.key())[size] < read.started()) {
        report(
            Kind.STALE_READ,
            "key " + read.key() + " lacks what was committed before the read, by " + transaction);
      }
    }
  }

  /** The version a transaction makes follows the one it read, if it read one. */
  private void checkOverwrite(Transaction transaction, Append append, Integer readUpTo) {
    if (readUpTo == null || append.undone()) {
      return;
    }
    List<Integer> order = versions.getOrDefault(append.key(), List.of());
    Set<Integer> own = ownValues(transaction);
    int place = order.indexOf(append.value());
    for (int i = readUpTo; i < place; i++) {
      if (!own.contains(order.get(i))) {
        report(
            Kind.P4,
            "key "
                + append.key()
                + ": "
                + order.get(i)
                + " came between the read and "
                + append.value()
                + ", of "
                + transaction);
        return;
      }
    }
  }

  /** Each end leads to a moment, each moment to the next, each begin comes from the last one. */
  private void linkTime() {
    List<Integer> byBegin = new ArrayList<>();
    for (int t = 0; t < transactions.size(); t++) {
      if (transactions.get(t).committed()) {
        byBegin.add(t);
      }
    }
    List<Integer> byEnd = new ArrayList<>(byBegin);
    byBegin.sort(Comparator.comparingLong(t -> transactions.get(t).began()));
    byEnd.sort(Comparator.comparingLong(t -> transactions.get(t).ended()));
    int ended = 0;
    int moment = -1;
    for (int t : byBegin) {
      int before = ended;
      while (ended < byEnd.size()
          && transactions.get(byEnd.get(ended)).ended() < transactions.get(t).began()) {
        ended++;
      }
      if (ended > before) {
        int next = graph.addNode();
        if (moment >= 0) {
          graph.add(moment, next, Reason.TIME);
        }
        moment = next;
        for (int i = before; i < ended; i++) {
          graph.add(byEnd.get(i), moment, Reason.TIME);
        }
      }
      if (moment >= 0) {
        graph.add(moment, t, Reason.TIME);
      }
    }
  }

  private void findCycles() {
    graph.cycles(Reason.WW).forEach(cycle -> report(Kind.G0, text(cycle)));
    graph.cycles(Reason.WW, Reason.WR).stream()
        .filter(cycle -> count(cycle, Reason.WR) > 0)
        .forEach(cycle -> report(Kind.G1C, text(cycle)));
    for (List<Edge> cycle : graph.cyclesWithoutAdjacentReads()) {
      int reads = count(cycle, Reason.RW);
      if (reads > 0) {
        report(reads == 1 ? Kind.G_SINGLE : Kind.G_NONADJACENT, text(cycle));
      }
    }
    for (List<Edge> cycle : graph.cycles(Reason.WW, Reason.WR, Reason.RW)) {
      if (count(cycle, Reason.RW) > 1) {
        report(Kind.G2, text(cycle));
      }
    }
    for (List<Edge> cycle : graph.cycles(Reason.WW, Reason.WR, Reason.RW, Reason.TIME)) {
      if (count(cycle, Reason.TIME) > 0) {
        report(Kind.REAL_TIME, text(cycle));
      }
    }
  }

  private static int count(List<Edge> cycle, Reason reason) {
    return (int) cycle.stream().filter(edge -> edge.reason() == reason).count();
  }

  private String text(List<Edge> cycle) {
    StringBuilder text = new StringBuilder();
    for (Edge edge : cycle) {
      text.append("\n  ");
      text.append(edge.from() < transactions.size() ? transactions.get(edge.from()) : "(a moment)");
      text.append("\n    -> ").append(edge.reason());
    }
    return text.toString();
  }
}

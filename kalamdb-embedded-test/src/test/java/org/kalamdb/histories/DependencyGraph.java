package org.kalamdb.histories;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which transaction must come before which, and why. Nodes are numbers; those beyond the
 * transactions stand for moments, through which the order of time goes: that keeps the number of
 * edges linear.
 */
final class DependencyGraph {
  /** Why one comes before another. */
  enum Reason {
    /** The other wrote the next version. */
    WW,
    /** The other read what the one wrote. */
    WR,
    /** The other wrote the version after the one that was read. */
    RW,
    /** The one had ended when the other began. */
    TIME
  }

  record Edge(int from, int to, Reason reason) {}

  private final List<List<Edge>> edges = new ArrayList<>();

  DependencyGraph(int nodes) {
    for (int i = 0; i < nodes; i++) {
      edges.add(new ArrayList<>());
    }
  }

  int addNode() {
    edges.add(new ArrayList<>());
    return edges.size() - 1;
  }

  void add(int from, int to, Reason reason) {
    if (from != to) {
      edges.get(from).add(new Edge(from, to, reason));
    }
  }

  /** One shortest cycle of each knot that edges of these reasons make. */
  List<List<Edge>> cycles(Reason first, Reason... others) {
    Set<Reason> reasons = EnumSet.of(first, others);
    return cyclesOf(
        edges.size(),
        node -> edges.get(node).stream().filter(e -> reasons.contains(e.reason())).toList());
  }

  /**
   * The same of cycles in which no {@link Reason#RW} follows another: a node stands twice in the
   * searched graph, as reached by such an edge (odd) or by another (even).
   */
  List<List<Edge>> cyclesWithoutAdjacentReads() {
    return cyclesOf(
            2 * edges.size(),
            node -> {
              List<Edge> out = new ArrayList<>();
              for (Edge edge : edges.get(node / 2)) {
                boolean rw = edge.reason() == Reason.RW;
                if (edge.reason() != Reason.TIME && !(rw && node % 2 == 1)) {
                  out.add(new Edge(node, 2 * edge.to() + (rw ? 1 : 0), edge.reason()));
                }
              }
              return out;
            })
        .stream()
        .map(
            cycle ->
                cycle.stream().map(e -> new Edge(e.from() / 2, e.to() / 2, e.reason())).toList())
        .toList();
  }

  private interface Successors {
    List<Edge> of(int node);
  }

  private static List<List<Edge>> cyclesOf(int nodes, Successors successors) {
    int[] component = components(nodes, successors);
    int[] size = new int[nodes];
    for (int c : component) {
      size[c]++;
    }
    List<List<Edge>> cycles = new ArrayList<>();
    boolean[] reported = new boolean[nodes];
    for (int node = 0; node < nodes; node++) {
      int own = component[node];
      if (size[own] > 1 && !reported[own]) {
        reported[own] = true;
        cycles.add(shortestCycle(node, component, successors));
      }
    }
    return cycles;
  }

  /** By breadth-first search within the component, from the node back to it. */
  private static List<Edge> shortestCycle(int start, int[] component, Successors successors) {
    java.util.Map<Integer, Edge> reachedBy = new java.util.HashMap<>();
    ArrayDeque<Integer> queue = new ArrayDeque<>(List.of(start));
    while (!queue.isEmpty()) {
      int node = queue.remove();
      for (Edge edge : successors.of(node)) {
        if (component[edge.to()] != component[start] || reachedBy.containsKey(edge.to())) {
          continue;
        }
        reachedBy.put(edge.to(), edge);
        if (edge.to() == start) {
          List<Edge> cycle = new ArrayList<>();
          Edge back = edge;
          cycle.add(back);
          while (back.from() != start) {
            back = reachedBy.get(back.from());
            cycle.add(back);
          }
          Collections.reverse(cycle);
          return cycle;
        }
        queue.add(edge.to());
      }
    }
    throw new IllegalStateException("A component without a cycle");
  }

  /** Tarjan's strongly connected components, without recursion; each named by one of its nodes. */
  private static int[] components(int nodes, Successors successors) {
    int[] order = new int[nodes];
    int[] low = new int[nodes];
    int[] component = new int[nodes];
    Arrays.fill(component, -1);
    ArrayDeque<Integer> stack = new ArrayDeque<>();
    ArrayDeque<Integer> path = new ArrayDeque<>();
    ArrayDeque<java.util.Iterator<Edge>> iterators = new ArrayDeque<>();
    int next = 1;
    for (int root = 0; root < nodes; root++) {
      if (order[root] != 0) {
        continue;
      }
      order[root] = low[root] = next++;
      stack.push(root);
      path.push(root);
      iterators.push(successors.of(root).iterator());
      while (!path.isEmpty()) {
        int node = path.element();
        if (iterators.element().hasNext()) {
          int to = iterators.element().next().to();
          if (order[to] == 0) {
            order[to] = low[to] = next++;
            stack.push(to);
            path.push(to);
            iterators.push(successors.of(to).iterator());
          } else if (component[to] < 0) {
            low[node] = Math.min(low[node], order[to]);
          }
          continue;
        }
        path.pop();
        iterators.pop();
        if (!path.isEmpty()) {
          low[path.element()] = Math.min(low[path.element()], low[node]);
        }
        if (low[node] == order[node]) {
          int member;
          do {
            member = stack.pop();
            component[member] = node;
          } while (member != node);
        }
      }
    }
    return component;
  }
}

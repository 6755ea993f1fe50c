package org.kalamdb.internal.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.sql.optimize.Optimizer;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.Scan;

/**
 * Plans as they suit the sizes of the tables they read, which differ from user to user and change:
 * kept by the plan they were made of and the magnitude of each scan's table. Thread-safe.
 */
final class Arrangements {
  private static final long MAX_PLANS = 2_000;
  private static final int MAX_VARIANTS = 8;

  private final Optimizer optimizer;
  private final Cache<LogicalPlan, Variants> cache =
      Caffeine.newBuilder().weakKeys().maximumSize(MAX_PLANS).build();

  Arrangements(Optimizer optimizer) {
    this.optimizer = optimizer;
  }

  private record Variants(
      Optimizer optimizer, List<Scan> scans, Map<List<Integer>, LogicalPlan> byMagnitude) {
    static Variants of(LogicalPlan plan, Optimizer optimizer) {
      List<Scan> scans = new ArrayList<>();
      collect(plan, scans);
      return new Variants(optimizer, List.copyOf(scans), new ConcurrentHashMap<>());
    }

    private static void collect(LogicalPlan plan, List<Scan> scans) {
      if (plan instanceof Scan scan) {
        scans.add(scan);
      }
      plan.inputs().forEach(input -> collect(input, scans));
    }
  }

  /** Says that the plan is to be arranged by other than all the passes. */
  void register(LogicalPlan plan, Optimizer other) {
    cache.put(plan, Variants.of(plan, other));
  }

  /** The plan to run in the context in place of an optimized one. */
  LogicalPlan arrange(LogicalPlan plan, ExecutionContext context) {
    if (!Optimizer.isArrangeable(plan)) {
      return plan;
    }
    Variants variants = cache.get(plan, key -> Variants.of(key, optimizer));
    List<Integer> magnitudes = new ArrayList<>();
    for (Scan scan : variants.scans()) {
      magnitudes.add(Math.getExponent(context.estimates().table(scan).rows() + 1));
    }
    LogicalPlan known = variants.byMagnitude().get(magnitudes);
    if (known == null) {
      known = variants.optimizer().arrange(plan, context.estimates());
      if (variants.byMagnitude().size() >= MAX_VARIANTS) {
        variants.byMagnitude().clear();
      }
      variants.byMagnitude().put(magnitudes, known);
    }
    return known;
  }
}

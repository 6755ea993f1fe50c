package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanPrinter;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;

/** The text of EXPLAIN and EXPLAIN ANALYZE. */
public final class Explain {
  private Explain() {}

  /** The plan alone. */
  public static List<String> plan(LogicalPlan plan) {
    return PlanPrinter.print(plan);
  }

  /** Runs the plan to its end and prints what each operator did. */
  public static List<String> analyze(LogicalPlan plan, ExecutionContext context) {
    try (Operator operator = PhysicalPlanner.plan(plan, context)) {
      RecordBatch batch;
      while ((batch = operator.next()) != null) {
        batch.close();
      }
    }
    return PlanPrinter.print(plan, node -> notes(context.statistics(node)));
  }

  private static List<String> notes(OperatorStatistics statistics) {
    List<String> notes = new ArrayList<>();
    notes.add(
        String.format(
            Locale.ROOT,
            "rows: %d, batches: %d, time: %.3f ms",
            statistics.rows,
            statistics.batches,
            statistics.nanos / 1e6));
    ScanStatistics scan = statistics.scan;
    if (scan != null) {
      if (scan.indexEntries >= 0) {
        notes.add("by index, entries: " + scan.indexEntries);
      }
      notes.add(
          "hot rows: "
              + scan.hotRows
              + ", cold rows: "
              + scan.coldRows
              + ", superseded rows: "
              + scan.supersededRows);
      notes.add(
          "segments: "
              + scan.segmentsRead
              + " read, "
              + scan.segmentsSkipped
              + " skipped"
              + "; row groups: "
              + scan.rowGroupsRead
              + " read, "
              + scan.rowGroupsSkipped
              + " skipped"
              + "; pages: "
              + scan.pagesRead
              + " read, "
              + scan.pagesSkipped
              + " skipped"
              + "; bytes: "
              + scan.bytesRead);
    }
    return notes;
  }
}

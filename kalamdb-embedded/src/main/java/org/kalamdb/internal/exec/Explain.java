package org.kalamdb.internal.exec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanPrinter;
import org.kalamdb.internal.sql.plan.RowEstimates;
import org.kalamdb.internal.sql.plan.StatementOutline;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * EXPLAIN: a plan with the rows each operator is expected to put out and, if it was run to its end,
 * what each did. The text is for people, the JSON has PostgreSQL's shape.
 */
public final class Explain {
  private static final JsonFactory JSON = new JsonFactory();

  private final LogicalPlan plan;
  private final @Nullable RowEstimates estimates;
  private final @Nullable ExecutionContext analyzed;

  private Explain(
      LogicalPlan plan, @Nullable RowEstimates estimates, @Nullable ExecutionContext analyzed) {
    this.plan = plan;
    this.estimates = estimates;
    this.analyzed = analyzed;
  }

  /** The plan alone. */
  public static List<String> plan(LogicalPlan plan) {
    return PlanPrinter.print(plan);
  }

  /** A plan that was not run. */
  public static Explain of(LogicalPlan plan, RowEstimates estimates) {
    return new Explain(plan, estimates, null);
  }

  /** Runs the plan to its end in a context that stays the caller's. */
  public static Explain analyze(LogicalPlan plan, ExecutionContext context) {
    try (Operator operator = PhysicalPlanner.plan(plan, context)) {
      RecordBatch batch;
      while ((batch = operator.next()) != null) {
        try (RecordBatch rows = batch) {
          if (rows.selection().size() > 0) {
            rows.load(); // as whoever asked the query would
          }
        }
      }
    }
    return new Explain(plan, context.estimates(), context);
  }

  /** An operator a line, with what there is to say of it below. */
  public List<String> text() {
    return PlanPrinter.print(plan, this::notes);
  }

  private List<String> notes(LogicalPlan operator) {
    List<String> notes = new ArrayList<>();
    if (estimates != null) {
      notes.add("expects: " + expected(operator) + " rows");
    }
    if (analyzed != null) {
      notes.addAll(did(analyzed.statistics(operator)));
    }
    return notes;
  }

  private long expected(LogicalPlan operator) {
    return estimates == null ? 0 : Math.round(estimates.rows(operator));
  }

  private static List<String> did(OperatorStatistics statistics) {
    List<String> notes = new ArrayList<>();
    notes.add(
        String.format(
            Locale.ROOT,
            "rows: %d, batches: %d, time: %.3f ms",
            statistics.rows,
            statistics.batches,
            statistics.nanos / 1e6));
    if (statistics.lanes > 0) {
      notes.add("threads: " + statistics.lanes);
    }
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

  /** The lines of a statement that is more than a query. */
  public static List<String> text(StatementOutline outline) {
    List<String> lines = new ArrayList<>();
    add(outline, "", lines);
    return lines;
  }

  private static void add(StatementOutline outline, String indent, List<String> lines) {
    lines.add(indent + outline.head());
    outline.details().forEach(detail -> lines.add(indent + "    " + detail));
    String inner = indent + "  ";
    outline.parts().forEach(part -> add(part, inner, lines));
    outline.plans().forEach(plan -> plan(plan).forEach(line -> lines.add(inner + line)));
  }

  /** The same in the shape of {@link #json()}. */
  public static String json(StatementOutline outline) {
    return json(out -> write(outline, out));
  }

  private static void write(StatementOutline outline, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("Node Type", outline.label());
    out.writeStringField("Description", outline.head());
    writeDetails(outline.details(), out);
    if (!outline.parts().isEmpty() || !outline.plans().isEmpty()) {
      out.writeArrayFieldStart("Plans");
      for (StatementOutline part : outline.parts()) {
        write(part, out);
      }
      for (LogicalPlan plan : outline.plans()) {
        new Explain(plan, null, null).write(plan, out);
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  /** Fields of the same name become one with all values. */
  private static void writeDetails(List<String> details, JsonGenerator out) throws IOException {
    Map<String, List<String>> fields = new LinkedHashMap<>();
    for (String detail : details) {
      int colon = detail.indexOf(": ");
      fields
          .computeIfAbsent(
              colon < 0 ? "Detail" : detail.substring(0, colon), name -> new ArrayList<>())
          .add(colon < 0 ? detail : detail.substring(colon + 2));
    }
    for (Map.Entry<String, List<String>> field : fields.entrySet()) {
      out.writeStringField(field.getKey(), String.join("; ", field.getValue()));
    }
  }

  @FunctionalInterface
  private interface PlanWriter {
    void write(JsonGenerator out) throws IOException;
  }

  private static String json(PlanWriter plan) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out =
        JSON.createGenerator(text).setPrettyPrinter(new DefaultPrettyPrinter())) {
      out.writeStartArray();
      out.writeStartObject();
      out.writeFieldName("Plan");
      plan.write(out);
      out.writeEndObject();
      out.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /** {@code [{"Plan": {"Node Type": ..., "Plan Rows": ..., "Plans": [...]}}]}. */
  public String json() {
    return json(
        out -> {
          write(plan, out);
          if (analyzed != null) {
            out.writeNumberField("Execution Time", millis(analyzed.statistics(plan)));
          }
        });
  }

  private static double millis(OperatorStatistics statistics) {
    return Math.round(statistics.nanos / 1e3) / 1e3;
  }

  private void write(LogicalPlan operator, JsonGenerator out) throws IOException {
    List<String> lines = PlanPrinter.describe(operator);
    out.writeStartObject();
    out.writeStringField("Node Type", operator.label());
    out.writeStringField("Description", lines.get(0));
    writeDetails(lines.subList(1, lines.size()), out);
    if (estimates != null) {
      out.writeNumberField("Plan Rows", expected(operator));
    }
    if (analyzed != null) {
      writeStatistics(analyzed.statistics(operator), out);
    }
    if (!operator.inputs().isEmpty()) {
      out.writeArrayFieldStart("Plans");
      for (LogicalPlan input : operator.inputs()) {
        write(input, out);
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  private static void writeStatistics(OperatorStatistics statistics, JsonGenerator out)
      throws IOException {
    out.writeNumberField("Actual Rows", statistics.rows);
    out.writeNumberField("Actual Batches", statistics.batches);
    out.writeNumberField("Actual Total Time", millis(statistics));
    if (statistics.lanes > 0) {
      out.writeNumberField("Threads", statistics.lanes);
    }
    ScanStatistics scan = statistics.scan;
    if (scan != null) {
      out.writeNumberField("Hot Rows", scan.hotRows);
      out.writeNumberField("Cold Rows", scan.coldRows);
      out.writeNumberField("Superseded Rows", scan.supersededRows);
      out.writeNumberField("Segments Read", scan.segmentsRead);
      out.writeNumberField("Segments Skipped", scan.segmentsSkipped);
      out.writeNumberField("Row Groups Read", scan.rowGroupsRead);
      out.writeNumberField("Row Groups Skipped", scan.rowGroupsSkipped);
      out.writeNumberField("Pages Read", scan.pagesRead);
      out.writeNumberField("Pages Skipped", scan.pagesSkipped);
      out.writeNumberField("Bytes Read", scan.bytesRead);
    }
  }
}

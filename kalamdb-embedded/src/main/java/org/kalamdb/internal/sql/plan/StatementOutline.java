package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * A statement as EXPLAIN shows it: what it does, and below that its plans and the statements it is
 * made of.
 *
 * @param label the kind of statement
 * @param subject what it is about; may be empty
 * @param details {@code name: value} each
 * @param parts in the order in which they run
 */
public record StatementOutline(
    String label,
    String subject,
    List<String> details,
    List<LogicalPlan> plans,
    List<StatementOutline> parts) {
  public StatementOutline {
    details = List.copyOf(details);
    plans = List.copyOf(plans);
    parts = List.copyOf(parts);
  }

  /** The same with one more detail. */
  public StatementOutline with(String detail) {
    List<String> more = new ArrayList<>(details);
    more.add(detail);
    return new StatementOutline(label, subject, more, plans, parts);
  }

  /** Label and subject. */
  public String head() {
    return subject.isEmpty() ? label : label + " " + subject;
  }
}

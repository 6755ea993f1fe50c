package org.kalamdb.internal.sql.optimize;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.LogicalPlan;

/**
 * A dependent plan made independent: for each outer row, the rows of the old plan are those rows of
 * {@code plan} for which all of {@code lifted} is true, cut to the old plan's columns, which come
 * first.
 *
 * @param lifted conditions over the plan's columns and the outer ones
 * @param missing null, or: an outer row for which no row of {@code plan} remains has one row all
 *     the same, of these values over the outer columns. It is what an aggregate without groups
 *     gives of no rows
 */
record Unnested(LogicalPlan plan, List<Expression> lifted, @Nullable List<Expression> missing) {
  Unnested {
    lifted = List.copyOf(lifted);
    missing = missing == null ? null : List.copyOf(missing);
  }

  static Unnested independent(LogicalPlan plan) {
    return new Unnested(plan, List.of(), null);
  }

  static Unnested of(LogicalPlan plan, List<Expression> lifted) {
    return new Unnested(plan, lifted, null);
  }
}

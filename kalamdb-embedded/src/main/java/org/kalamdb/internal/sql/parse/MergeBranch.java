package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code WHEN [NOT] MATCHED [BY SOURCE|TARGET] [AND condition] THEN action} of a MERGE.
 *
 * @param columns target columns of INSERT, empty if none were written
 * @param overriding OVERRIDING of INSERT, or null
 * @param values of INSERT, among them {@link ParsedExpression.DefaultValue}; empty for DEFAULT
 *     VALUES and the other actions
 * @param assignments of UPDATE, else empty
 */
public record MergeBranch(
    Match match,
    @Nullable ParsedExpression condition,
    Action action,
    List<Identifier> columns,
    @Nullable Overriding overriding,
    List<ParsedExpression> values,
    List<Assignment> assignments,
    Position position) {
  public MergeBranch {
    columns = List.copyOf(columns);
    values = List.copyOf(values);
    assignments = List.copyOf(assignments);
  }

  /** What a branch applies to. */
  public enum Match {
    /** A row of the target with a row of the source. */
    MATCHED,
    /** A row of the source alone. */
    NOT_MATCHED,
    /** A row of the target alone. */
    NOT_MATCHED_BY_SOURCE
  }

  /** What happens to a row the branch applies to. */
  public enum Action {
    INSERT,
    UPDATE,
    DELETE,
    DO_NOTHING
  }
}

package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * INSERT.
 *
 * @param with common tables before INSERT; those before a SELECT source are in the source
 * @param columns target columns, empty if none were written
 * @param overriding OVERRIDING, or null
 * @param source rows; null for DEFAULT VALUES. A bare {@link QueryBody.Values} may contain {@link
 *     ParsedExpression.DefaultValue}
 * @param onConflict null without ON CONFLICT
 * @param returning empty without RETURNING
 * @param asUser {@code AS USER 'u'}, the alias of EXECUTE AS USER, or null
 */
public record InsertStatement(
    List<Query.CommonTable> with,
    boolean recursive,
    ObjectName table,
    @Nullable Identifier alias,
    List<Identifier> columns,
    @Nullable Overriding overriding,
    @Nullable Query source,
    @Nullable OnConflict onConflict,
    List<QueryBody.SelectItem> returning,
    @Nullable String asUser,
    Position position)
    implements Statement {
  public InsertStatement {
    with = List.copyOf(with);
    columns = List.copyOf(columns);
    returning = List.copyOf(returning);
  }

  /** The same without AS USER. */
  public InsertStatement withoutUser() {
    return new InsertStatement(
        with,
        recursive,
        table,
        alias,
        columns,
        overriding,
        source,
        onConflict,
        returning,
        null,
        position);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitInsertStatement(this);
  }
}

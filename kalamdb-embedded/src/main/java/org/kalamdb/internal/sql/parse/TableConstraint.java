package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A constraint beside the columns of CREATE TABLE. */
public sealed interface TableConstraint {
  /** Name after CONSTRAINT, or null. */
  @Nullable Identifier name();

  Position position();

  record PrimaryKey(@Nullable Identifier name, List<Identifier> columns, Position position)
      implements TableConstraint {
    public PrimaryKey {
      columns = List.copyOf(columns);
    }
  }

  record Unique(@Nullable Identifier name, List<Identifier> columns, Position position)
      implements TableConstraint {
    public Unique {
      columns = List.copyOf(columns);
    }
  }

  record Check(@Nullable Identifier name, ExpressionText condition, Position position)
      implements TableConstraint {}

  /**
   * FOREIGN KEY.
   *
   * @param referencedColumns empty: the primary key of {@code referenced}
   */
  record ForeignKey(
      @Nullable Identifier name,
      List<Identifier> columns,
      ObjectName referenced,
      List<Identifier> referencedColumns,
      ReferentialAction onDelete,
      ReferentialAction onUpdate,
      Position position)
      implements TableConstraint {
    public ForeignKey {
      columns = List.copyOf(columns);
      referencedColumns = List.copyOf(referencedColumns);
    }
  }

  enum ReferentialAction {
    NO_ACTION,
    RESTRICT,
    CASCADE,
    SET_NULL,
    SET_DEFAULT
  }
}

package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One action of ALTER TABLE. */
public sealed interface AlterAction {
  Position position();

  record AddColumn(ColumnDefinition column, boolean ifNotExists, Position position)
      implements AlterAction {}

  /** DROP COLUMN; with {@code cascade} what refers to it goes too. */
  record DropColumn(Identifier column, boolean ifExists, boolean cascade, Position position)
      implements AlterAction {}

  record AddConstraint(TableConstraint constraint, Position position) implements AlterAction {}

  record AddIndex(IndexClause index, Position position) implements AlterAction {}

  /** DROP CONSTRAINT; with {@code cascade} foreign keys that refer to its columns go too. */
  record DropConstraint(Identifier name, boolean ifExists, boolean cascade, Position position)
      implements AlterAction {}

  record RenameColumn(Identifier column, Identifier newName, Position position)
      implements AlterAction {}

  /** RENAME TO; {@code view}: of ALTER VIEW. */
  record RenameTable(Identifier newName, boolean view, Position position) implements AlterAction {}

  record SetNotNull(Identifier column, boolean notNull, Position position) implements AlterAction {}

  record SetDefault(Identifier column, ExpressionText value, Position position)
      implements AlterAction {}

  record DropDefault(Identifier column, Position position) implements AlterAction {}

  /** SET COMPRESSION; with {@code codec} null that of the table. */
  record SetCompression(Identifier column, @Nullable Identifier codec, Position position)
      implements AlterAction {}

  /** ALTER COLUMN TYPE; {@code using} gives the values, or null: the old ones, converted. */
  record SetType(
      Identifier column, TypeName type, @Nullable ExpressionText using, Position position)
      implements AlterAction {}

  /** SET (OPTION = value, ...) and SET ACCESS LEVEL x; names known, values checked. */
  record SetOptions(List<Option> options, Position position) implements AlterAction {
    public SetOptions {
      options = List.copyOf(options);
    }
  }
}

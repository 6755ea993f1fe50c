package org.kalamdb.internal.sql.ddl;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.bind.TypeResolver;
import org.kalamdb.internal.sql.parse.ColumnDefinition;
import org.kalamdb.internal.sql.parse.ExpressionText;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.ColumnSchema.Identity;
import org.kalamdb.schema.DataType;

/** Makes columns out of what was written at them; their constraints are read elsewhere. */
final class ColumnBuilder {
  private static final String NUMBER = "SNOWFLAKE_ID()";

  private ColumnBuilder() {}

  /**
   * The column, its DEFAULT checked.
   *
   * @param key whether it is part of the primary key, and so NOT NULL
   */
  static ColumnSchema build(int id, ColumnDefinition column, boolean key) {
    Position position = column.name().position();
    Located.run(position, () -> NameRules.checkColumn(column.name().name()));
    DataType type = isSerial(column) ? DataType.BIGINT : TypeResolver.resolve(column.type());
    ExpressionText generated = column.generated();
    ExpressionText written = column.defaultValue();
    String automatic = automaticDefault(column);
    if (automatic != null && (written != null || generated != null)) {
      throw position.error(
          ErrorCode.INVALID_TABLE_DEFINITION,
          "both default and automatic values specified for column \""
              + column.name().name()
              + "\"");
    }
    if (NUMBER.equals(automatic) && type.kind() != DataType.Kind.BIGINT) {
      throw column
          .type()
          .position()
          .error(ErrorCode.DATATYPE_MISMATCH, "an automatic number needs a BIGINT column");
    }
    boolean identity = column.identity() != null;
    ColumnSchema built =
        new ColumnSchema(
            id,
            column.name().name(),
            type,
            !column.notNull() && !key && !identity && !isSerial(column),
            written == null ? automatic : written.sql(),
            generated == null ? null : generated.sql(),
            identityOf(column),
            null);
    if (written != null) {
      Binder.ofStoredExpressions().bindDefault(written.expression(), built);
    } else if (automatic != null) {
      Located.run(
          column.type().position(),
          () -> Binder.ofStoredExpressions().bindDefault(automatic, built));
    }
    return built;
  }

  /** What an IDENTITY, AUTO_INCREMENT or SERIAL column has for a DEFAULT, or null. */
  private static @Nullable String automaticDefault(ColumnDefinition column) {
    if (column.autoIncrement() != null) {
      return column.autoIncrement() == ColumnDefinition.AutoIncrement.UUID ? "UUID_V7()" : NUMBER;
    }
    return column.identity() != null || isSerial(column) ? NUMBER : null;
  }

  private static Identity identityOf(ColumnDefinition column) {
    if (column.identity() == null) {
      return Identity.NONE;
    }
    return column.identity() == ColumnDefinition.Identity.ALWAYS
        ? Identity.ALWAYS
        : Identity.BY_DEFAULT;
  }

  static boolean isSerial(ColumnDefinition column) {
    return column.type().name().equals("serial") || column.type().name().equals("bigserial");
  }
}

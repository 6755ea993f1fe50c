package org.kalamdb.internal.sql.bind;

import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.TypeName;
import org.kalamdb.schema.DataType;

/** Resolves the names of types; the one list of spellings. */
public final class TypeResolver {
  private TypeResolver() {}

  /**
   * The type of the name.
   *
   * @throws org.kalamdb.error.KalamException 42704 for an unknown name, 22023 for arguments the
   *     type does not take
   */
  public static DataType resolve(TypeName type) {
    List<Integer> arguments = type.arguments();
    return switch (type.name()) {
      case "boolean", "bool" -> plain(type, DataType.BOOLEAN);
      case "smallint", "int2" -> plain(type, DataType.SMALLINT);
      case "int", "integer", "int4" -> plain(type, DataType.INTEGER);
      case "bigint", "int8" -> plain(type, DataType.BIGINT);
      case "real", "float4" -> plain(type, DataType.REAL);
      case "double", "double precision", "float8" -> plain(type, DataType.DOUBLE);
      case "float" -> floatOf(type);
      case "decimal", "numeric", "dec" -> decimal(type);
      case "text", "string" -> plain(type, DataType.TEXT);
      case "varchar", "character varying", "char varying" ->
          DataType.varchar(arguments.isEmpty() ? 0 : length(type, 10_485_760));
      case "char", "character", "bpchar" ->
          DataType.character(arguments.isEmpty() ? 1 : length(type, 10_485_760));
      case "bytes", "bytea", "blob", "binary", "varbinary" -> plain(type, DataType.BYTES);
      case "date" -> plain(type, DataType.DATE);
      case "time", "time without time zone" -> micros(type, DataType.TIME);
      case "timestamp", "timestamp without time zone", "datetime" ->
          micros(type, DataType.TIMESTAMP);
      case "timestamptz", "timestamp with time zone" -> micros(type, DataType.TIMESTAMPTZ);
      case "zoned_timestamp" -> micros(type, DataType.ZONED_TIMESTAMP);
      case "interval" -> plain(type, DataType.INTERVAL);
      case "uuid" -> plain(type, DataType.UUID);
      case "json", "jsonb" -> plain(type, DataType.JSON);
      case "embedding", "vector" -> embedding(type);
      default ->
          throw type.position()
              .error(ErrorCode.UNDEFINED_OBJECT, "type \"" + type.name() + "\" does not exist");
    };
  }

  /** NUMERIC without precision and scale, which in a cast keeps the digits the value has. */
  static boolean isUnboundedDecimal(TypeName type) {
    return type.arguments().isEmpty()
        && (type.name().equals("numeric")
            || type.name().equals("decimal")
            || type.name().equals("dec"));
  }

  private static DataType plain(TypeName type, DataType result) {
    if (!type.arguments().isEmpty()) {
      throw type.position()
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "type modifier is not allowed for type \"" + type.name() + "\"");
    }
    return result;
  }

  /** A precision of six digits is what the type has; fewer would round. */
  private static DataType micros(TypeName type, DataType result) {
    if (type.arguments().isEmpty() || type.arguments().equals(List.of(6))) {
      return result;
    }
    throw type.position()
        .error(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "a precision other than 6 is not supported for type \"" + type.name() + "\"");
  }

  private static DataType floatOf(TypeName type) {
    if (type.arguments().isEmpty()) {
      return DataType.DOUBLE;
    }
    int bits = length(type, 53);
    return bits <= 24 ? DataType.REAL : DataType.DOUBLE;
  }

  private static DataType decimal(TypeName type) {
    List<Integer> arguments = type.arguments();
    if (arguments.isEmpty()) {
      return DataType.decimal(DataType.MAX_DECIMAL_PRECISION, 16);
    }
    int precision = arguments.get(0);
    int scale = arguments.size() > 1 ? arguments.get(1) : 0;
    if (arguments.size() > 2
        || precision < 1
        || precision > DataType.MAX_WIDE_DECIMAL_PRECISION
        || scale < 0
        || scale > precision) {
      throw type.position()
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "NUMERIC takes a precision from 1 to 76 and a scale from 0 to the precision");
    }
    return DataType.decimal(precision, scale);
  }

  private static DataType embedding(TypeName type) {
    if (type.arguments().isEmpty()) {
      throw type.position()
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "type \""
                  + type.name()
                  + "\" needs its number of dimensions: "
                  + type.name()
                  + "(384)");
    }
    return DataType.embedding(length(type, DataType.MAX_EMBEDDING_DIMENSIONS));
  }

  private static int length(TypeName type, int most) {
    int length = type.arguments().get(0);
    if (type.arguments().size() > 1 || length < 1 || length > most) {
      throw type.position()
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "type \"" + type.name() + "\" takes one number from 1 to " + most);
    }
    return length;
  }
}

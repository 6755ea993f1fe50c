package org.kalamdb.jdbc;

import java.sql.ParameterMetaData;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/** The types that the parameters of a prepared statement are converted to. Immutable. */
final class KalamParameterMetaData implements ParameterMetaData, KalamWrapper {
  private final List<DataType> types;

  KalamParameterMetaData(List<DataType> types) {
    this.types = types;
  }

  private DataType dataType(int index) throws SQLException {
    if (index < 1 || index > types.size()) {
      throw SqlErrors.indexOutOfRange("parameter", index, types.size());
    }
    return types.get(index - 1);
  }

  private JdbcType type(int index) throws SQLException {
    return JdbcType.of(dataType(index));
  }

  @Override
  public int getParameterCount() {
    return types.size();
  }

  @Override
  public int isNullable(int param) throws SQLException {
    dataType(param);
    return parameterNullableUnknown;
  }

  @Override
  public boolean isSigned(int param) throws SQLException {
    return dataType(param).isNumeric();
  }

  @Override
  public int getPrecision(int param) throws SQLException {
    return type(param).precision();
  }

  @Override
  public int getScale(int param) throws SQLException {
    return dataType(param).scale();
  }

  @Override
  public int getParameterType(int param) throws SQLException {
    return type(param).code();
  }

  @Override
  public String getParameterTypeName(int param) throws SQLException {
    return type(param).name();
  }

  @Override
  public String getParameterClassName(int param) throws SQLException {
    return type(param).javaClass().getName();
  }

  @Override
  public int getParameterMode(int param) throws SQLException {
    dataType(param);
    return parameterModeIn;
  }

  @Override
  public @Nullable Object delegate() {
    return null;
  }
}

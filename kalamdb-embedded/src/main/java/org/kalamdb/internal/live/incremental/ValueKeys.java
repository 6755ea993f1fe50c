package org.kalamdb.internal.live.incremental;

import java.math.BigDecimal;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/**
 * SQL values as keys of hash maps: two are {@link Object#equals equal} if SQL groups them together
 * (NULL with NULL, 1.0 with 1.00, -0.0 with 0.0).
 */
final class ValueKeys {
  private static final Object NULL = "NULL key";

  private ValueKeys() {}

  /** Values under one hash. */
  private static final class Several {
    private final Object[] values;
    private final int hash;

    private Several(Object[] values) {
      this.values = values;
      this.hash = Arrays.hashCode(values);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Several that
          && hash == that.hash
          && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** The key of some values of the given types. */
  static Object of(@Nullable Object[] values, List<DataType> types) {
    if (values.length == 1) {
      return of(values[0], types.get(0));
    }
    Object[] keys = new Object[values.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = of(values[i], types.get(i));
    }
    return new Several(keys);
  }

  /** The key of the values at some positions of a row. */
  static Object of(@Nullable Object[] row, int[] positions, List<DataType> types) {
    @Nullable Object[] values = new Object[positions.length];
    for (int i = 0; i < positions.length; i++) {
      values[i] = row[positions[i]];
    }
    return of(values, types);
  }

  /** The key of one value. */
  static Object of(@Nullable Object value, DataType type) {
    if (value == null) {
      return NULL;
    }
    return switch (type.kind()) {
      case BOOLEAN,
          SMALLINT,
          INTEGER,
          BIGINT,
          TEXT,
          VARCHAR,
          JSON,
          DATE,
          TIME,
          TIMESTAMP,
          TIMESTAMPTZ,
          UUID,
          UNKNOWN ->
          value;
      case REAL -> (Float) value == 0f ? (Object) 0f : value;
      case DOUBLE -> (Double) value == 0d ? (Object) 0d : value;
      case DECIMAL -> ((BigDecimal) value).stripTrailingZeros();
      case CHAR -> Values.stripTrailingSpaces((String) value);
      case BYTES -> new ByteKey((byte[]) value);
      case ZONED_TIMESTAMP -> ((ZonedDateTime) value).toInstant();
      case INTERVAL -> Values.spanOf((Interval) value);
      case EMBEDDING -> ofFloats((float[]) value);
    };
  }

  private static Object ofFloats(float[] values) {
    Object[] boxed = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i] == 0f ? 0f : values[i];
    }
    return new Several(boxed);
  }
}

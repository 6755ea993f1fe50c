package org.kalamdb.internal.storage.cold;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.TimeUnit;
import org.apache.parquet.format.Type;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/**
 * A flat column of a Parquet file of others: which of our types it is, and how its stored values
 * become Java values of that type. Both of Parquet's annotations are understood.
 *
 * @param type of the values
 * @param value of a row that is present
 */
record ForeignColumn(String name, Leaf leaf, DataType type, ValueReader value) {
  private static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final int JULIAN_EPOCH_DAY = 2_440_588;
  private static final int INT96_BYTES = 12;
  private static final int MAX_FIXED_BYTES = 1 << 20;

  /** The value of a row. */
  @FunctionalInterface
  interface ValueReader {
    Object read(LeafBuffer buffer, int row);
  }

  /** What the stored numbers or bytes mean. */
  private record Meaning(DataType type, ValueReader value) {}

  @Nullable Object read(LeafBuffer buffer, int row) {
    return leaf.optional() && !buffer.present[row] ? null : value.read(buffer, row);
  }

  /**
   * The column of a schema element that is a leaf.
   *
   * @throws KalamException 0A000 for a repeated column and types we have no equal of
   */
  static ForeignColumn of(int position, SchemaElement element) {
    String name = element.getName();
    if (element.getRepetition_type() == FieldRepetitionType.REPEATED) {
      throw nested(name);
    }
    Type stored = element.getType();
    int length = stored == Type.INT96 ? INT96_BYTES : element.getType_length();
    PhysicalType physical =
        switch (stored) {
          case BOOLEAN -> PhysicalType.BOOLEAN;
          case INT32 -> PhysicalType.INT32;
          case INT64 -> PhysicalType.INT64;
          case INT96, FIXED_LEN_BYTE_ARRAY -> PhysicalType.FIXED;
          case FLOAT -> PhysicalType.FLOAT;
          case DOUBLE -> PhysicalType.DOUBLE;
          case BYTE_ARRAY -> PhysicalType.BYTES;
        };
    if (physical == PhysicalType.FIXED && (length < 1 || length > MAX_FIXED_BYTES)) {
      throw HybridDecoder.damaged("values of " + length + " bytes");
    }
    Leaf leaf =
        new Leaf(
            position,
            0,
            List.of(name),
            physical,
            physical == PhysicalType.FIXED ? length : 0,
            element.getRepetition_type() == FieldRepetitionType.OPTIONAL,
            Leaf.Order.NONE);
    Meaning meaning = meaning(name, element, leaf);
    return new ForeignColumn(name, leaf, meaning.type(), meaning.value());
  }

  static KalamException nested(String name) {
    return new KalamException(
        ErrorCode.FEATURE_NOT_SUPPORTED, "column \"" + name + "\" of the file is nested");
  }

  private static Meaning meaning(String name, SchemaElement element, Leaf leaf) {
    LogicalType logical = element.getLogicalType();
    if (element.getType() == Type.INT96) {
      return new Meaning(DataType.TIMESTAMP, (b, row) -> Micros.toTimestamp(int96(b, row)));
    }
    DataType decimal = decimal(name, element);
    if (decimal != null) {
      return new Meaning(decimal, decimalReader(leaf, decimal));
    }
    return switch (leaf.physical()) {
      case BOOLEAN -> new Meaning(DataType.BOOLEAN, (b, row) -> b.longs[row] != 0);
      case FLOAT ->
          new Meaning(DataType.REAL, (b, row) -> Float.intBitsToFloat((int) b.longs[row]));
      case DOUBLE ->
          new Meaning(DataType.DOUBLE, (b, row) -> Double.longBitsToDouble(b.longs[row]));
      case INT32 -> ofInt(element, logical);
      case INT64 -> ofLong(element, logical);
      case BYTES -> ofBytes(element, logical);
      case FIXED -> ofFixed(element, leaf, logical);
    };
  }

  private static @Nullable DataType decimal(String name, SchemaElement element) {
    LogicalType logical = element.getLogicalType();
    int precision;
    int scale;
    if (logical != null && logical.isSetDECIMAL()) {
      precision = logical.getDECIMAL().getPrecision();
      scale = logical.getDECIMAL().getScale();
    } else if (logical == null && element.getConverted_type() == ConvertedType.DECIMAL) {
      precision = element.getPrecision();
      scale = element.getScale();
    } else {
      return null;
    }
    if (precision < 1
        || precision > DataType.MAX_DECIMAL_PRECISION
        || scale < 0
        || scale > precision) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "column \"" + name + "\" of the file is DECIMAL(" + precision + "," + scale + ")");
    }
    return DataType.decimal(precision, scale);
  }

  private static ValueReader decimalReader(Leaf leaf, DataType type) {
    return leaf.physical().isLong()
        ? (b, row) -> BigDecimal.valueOf(b.longs[row], type.scale())
        : (b, row) -> {
          byte[] bytes = bytes(b, row);
          if (bytes.length == 0 || bytes.length > 64) {
            throw HybridDecoder.damaged("a DECIMAL of " + bytes.length + " bytes");
          }
          return new BigDecimal(new BigInteger(bytes), type.scale());
        };
  }

  private static Meaning ofInt(SchemaElement element, @Nullable LogicalType logical) {
    @Nullable ConvertedType converted = logical == null ? element.getConverted_type() : null;
    if (logical != null && logical.isSetDATE() || converted == ConvertedType.DATE) {
      return new Meaning(DataType.DATE, (b, row) -> Micros.toDate((int) b.longs[row]));
    }
    if (logical != null && logical.isSetTIME() || converted == ConvertedType.TIME_MILLIS) {
      return new Meaning(DataType.TIME, (b, row) -> time(Math.multiplyExact(b.longs[row], 1000L)));
    }
    boolean signed =
        logical != null && logical.isSetINTEGER()
            ? logical.getINTEGER().isIsSigned()
            : converted == null || !converted.name().startsWith("UINT");
    int bits =
        logical != null && logical.isSetINTEGER()
            ? logical.getINTEGER().getBitWidth()
            : bits(converted);
    if (bits == 32 && !signed) {
      return new Meaning(DataType.BIGINT, (b, row) -> b.longs[row] & 0xFFFF_FFFFL);
    } else if (bits == 16 && !signed) {
      return new Meaning(DataType.INTEGER, (b, row) -> (int) b.longs[row] & 0xFFFF);
    } else if (bits == 8 && !signed) {
      return new Meaning(DataType.SMALLINT, (b, row) -> (short) (b.longs[row] & 0xFF));
    } else if (bits <= 16) {
      return new Meaning(DataType.SMALLINT, (b, row) -> (short) b.longs[row]);
    }
    return new Meaning(DataType.INTEGER, (b, row) -> (int) b.longs[row]);
  }

  private static int bits(@Nullable ConvertedType converted) {
    if (converted == null) {
      return 32;
    }
    return switch (converted) {
      case INT_8, UINT_8 -> 8;
      case INT_16, UINT_16 -> 16;
      default -> 32;
    };
  }

  private static Meaning ofLong(SchemaElement element, @Nullable LogicalType logical) {
    @Nullable ConvertedType converted = logical == null ? element.getConverted_type() : null;
    if (logical != null && logical.isSetTIMESTAMP()) {
      TimeUnit unit = logical.getTIMESTAMP().getUnit();
      return timestamp(logical.getTIMESTAMP().isIsAdjustedToUTC(), unit);
    } else if (converted == ConvertedType.TIMESTAMP_MILLIS) {
      return new Meaning(
          DataType.TIMESTAMPTZ,
          (b, row) -> Micros.toInstant(Math.multiplyExact(b.longs[row], 1000L)));
    } else if (converted == ConvertedType.TIMESTAMP_MICROS) {
      return new Meaning(DataType.TIMESTAMPTZ, (b, row) -> Micros.toInstant(b.longs[row]));
    } else if (logical != null && logical.isSetTIME()) {
      boolean nanos = logical.getTIME().getUnit().isSetNANOS();
      return new Meaning(
          DataType.TIME, (b, row) -> time(nanos ? b.longs[row] / 1000 : b.longs[row]));
    } else if (converted == ConvertedType.TIME_MICROS) {
      return new Meaning(DataType.TIME, (b, row) -> time(b.longs[row]));
    }
    boolean unsigned =
        logical != null && logical.isSetINTEGER()
            ? !logical.getINTEGER().isIsSigned()
            : converted == ConvertedType.UINT_64;
    if (unsigned) {
      return new Meaning(
          DataType.decimal(20, 0), (b, row) -> new BigDecimal(Long.toUnsignedString(b.longs[row])));
    }
    return new Meaning(DataType.BIGINT, (b, row) -> b.longs[row]);
  }

  private static Meaning timestamp(boolean utc, TimeUnit unit) {
    ValueReader micros =
        unit.isSetMILLIS()
            ? (b, row) -> Math.multiplyExact(b.longs[row], 1000L)
            : unit.isSetNANOS()
                ? (b, row) -> Math.floorDiv(b.longs[row], 1000L)
                : (b, row) -> b.longs[row];
    return utc
        ? new Meaning(
            DataType.TIMESTAMPTZ, (b, row) -> Micros.toInstant((Long) micros.read(b, row)))
        : new Meaning(
            DataType.TIMESTAMP, (b, row) -> Micros.toTimestamp((Long) micros.read(b, row)));
  }

  private static Object time(long micros) {
    if (micros < 0 || micros >= MICROS_PER_DAY) {
      throw HybridDecoder.damaged("a time that no day has");
    }
    return Micros.toTime(micros);
  }

  private static Meaning ofBytes(SchemaElement element, @Nullable LogicalType logical) {
    @Nullable ConvertedType converted = logical == null ? element.getConverted_type() : null;
    if (logical != null && logical.isSetJSON() || converted == ConvertedType.JSON) {
      return new Meaning(DataType.JSON, ForeignColumn::text);
    }
    boolean text =
        logical != null && (logical.isSetSTRING() || logical.isSetENUM())
            || converted == ConvertedType.UTF8
            || converted == ConvertedType.ENUM;
    return text
        ? new Meaning(DataType.TEXT, ForeignColumn::text)
        : new Meaning(DataType.BYTES, ForeignColumn::bytes);
  }

  private static Meaning ofFixed(SchemaElement element, Leaf leaf, @Nullable LogicalType logical) {
    if (logical != null && logical.isSetUUID() && leaf.length() == 16) {
      return new Meaning(
          DataType.UUID,
          (b, row) -> {
            ByteBuffer bytes = ByteBuffer.wrap(b.bytes, row * 16, 16);
            return new java.util.UUID(bytes.getLong(), bytes.getLong());
          });
    }
    if (logical != null && logical.isSetFLOAT16() && leaf.length() == 2) {
      return new Meaning(DataType.REAL, ForeignColumn::half);
    }
    if (element.getConverted_type() == ConvertedType.INTERVAL && leaf.length() == 12) {
      return new Meaning(
          DataType.INTERVAL,
          (b, row) -> {
            ByteBuffer bytes =
                ByteBuffer.wrap(b.bytes, row * 12, 12).order(ByteOrder.LITTLE_ENDIAN);
            int months = bytes.getInt();
            int days = bytes.getInt();
            return new Interval(months, days, (bytes.getInt() & 0xFFFF_FFFFL) * 1000);
          });
    }
    return new Meaning(DataType.BYTES, ForeignColumn::bytes);
  }

  /** IEEE 754 binary16. */
  private static Object half(LeafBuffer buffer, int row) {
    int bits = buffer.bytes[row * 2] & 0xFF | (buffer.bytes[row * 2 + 1] & 0xFF) << 8;
    int exponent = bits >> 10 & 0x1F;
    int fraction = bits & 0x3FF;
    float magnitude;
    if (exponent == 0x1F) {
      magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((float) fraction, -24);
    } else {
      magnitude = Math.scalb((float) (fraction | 0x400), exponent - 25);
    }
    return (bits & 0x8000) == 0 ? magnitude : -magnitude;
  }

  /** Nanoseconds of a day, then the day's Julian number, as microseconds since 1970. */
  private static long int96(LeafBuffer buffer, int row) {
    ByteBuffer bytes =
        ByteBuffer.wrap(buffer.bytes, row * INT96_BYTES, INT96_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    long nanos = bytes.getLong();
    long day = (long) bytes.getInt() - JULIAN_EPOCH_DAY;
    return Math.addExact(Math.multiplyExact(day, MICROS_PER_DAY), Math.floorDiv(nanos, 1000L));
  }

  private static byte[] bytes(LeafBuffer buffer, int row) {
    int fixed = buffer.leaf.length();
    return buffer.leaf.physical() == PhysicalType.FIXED
        ? Arrays.copyOfRange(buffer.bytes, row * fixed, (row + 1) * fixed)
        : Arrays.copyOfRange(buffer.bytes, buffer.start(row), buffer.ends[row]);
  }

  private static Object text(LeafBuffer buffer, int row) {
    int from = buffer.start(row);
    return Utf8.decode(buffer.bytes, from, buffer.ends[row] - from);
  }
}

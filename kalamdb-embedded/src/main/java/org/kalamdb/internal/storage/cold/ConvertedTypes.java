package org.kalamdb.internal.storage.cold;

import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.DecimalType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.SchemaElement;
import org.jspecify.annotations.Nullable;

/** Parquet's older annotation of types, for readers that do not know logical types. */
final class ConvertedTypes {
  private ConvertedTypes() {}

  static void set(SchemaElement element, LogicalType logical) {
    @Nullable ConvertedType converted = of(logical);
    if (converted != null) {
      element.setConverted_type(converted);
    }
    if (logical.isSetDECIMAL()) {
      DecimalType decimal = logical.getDECIMAL();
      element.setPrecision(decimal.getPrecision());
      element.setScale(decimal.getScale());
    }
  }

  /** Null where the older annotation would say something else: UUID, times that are not UTC. */
  private static @Nullable ConvertedType of(LogicalType logical) {
    return switch (logical.getSetField()) {
      case STRING -> ConvertedType.UTF8;
      case JSON -> ConvertedType.JSON;
      case DECIMAL -> ConvertedType.DECIMAL;
      case DATE -> ConvertedType.DATE;
      case TIMESTAMP ->
          logical.getTIMESTAMP().isIsAdjustedToUTC() ? ConvertedType.TIMESTAMP_MICROS : null;
      case INTEGER ->
          switch (logical.getINTEGER().getBitWidth()) {
            case 16 -> ConvertedType.INT_16;
            case 32 -> ConvertedType.INT_32;
            default -> ConvertedType.INT_64;
          };
      default -> null;
    };
  }
}

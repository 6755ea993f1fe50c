package org.kalamdb.internal.storage.cold;

import org.apache.parquet.format.Type;

/** Parquet's storage types as far as segments use them. */
enum PhysicalType {
  BOOLEAN(Type.BOOLEAN, 1),
  INT32(Type.INT32, 4),
  INT64(Type.INT64, 8),
  FLOAT(Type.FLOAT, 4),
  DOUBLE(Type.DOUBLE, 8),
  /** Bytes of any length. */
  BYTES(Type.BYTE_ARRAY, 0),
  /** Bytes of the leaf's length. */
  FIXED(Type.FIXED_LEN_BYTE_ARRAY, 0);

  private final Type stored;
  private final int width;

  PhysicalType(Type stored, int width) {
    this.stored = stored;
    this.width = width;
  }

  Type stored() {
    return stored;
  }

  /** Bytes of a value in PLAIN encoding and in statistics; 0 if the type does not say. */
  int width() {
    return width;
  }

  /** True for types whose values travel in a {@code long}: numbers as such, floats as raw bits. */
  boolean isLong() {
    return this != BYTES && this != FIXED;
  }
}

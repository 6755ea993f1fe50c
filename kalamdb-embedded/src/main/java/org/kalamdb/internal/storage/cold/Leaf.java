package org.kalamdb.internal.storage.cold;

import java.util.List;

/**
 * A column of a Parquet file. Most table columns are one leaf; types without a Parquet equal are a
 * group of several, present or absent together.
 *
 * @param column position in the layout's columns
 * @param member which leaf of the column, from 0
 * @param path names from the root
 * @param physical storage type
 * @param length bytes of a FIXED value, 0 for the other types
 * @param optional whether the column may be null; all members of a group agree
 * @param order how values compare
 */
record Leaf(
    int column,
    int member,
    List<String> path,
    PhysicalType physical,
    int length,
    boolean optional,
    Order order) {
  Leaf {
    path = List.copyOf(path);
  }

  /** Orders of values, each the one Parquet defines for the leaf's logical type. */
  enum Order {
    SIGNED,
    /** NaN has no place: statistics are left out where there is one. */
    FLOATING,
    /** Unsigned bytes from the left. */
    BYTES,
    /** UTF-8; as BYTES, and a shortened bound stays valid text. */
    TEXT,
    /** Two's complement, most significant byte first. */
    BIG_ENDIAN,
    /** Not compared and without statistics. */
    NONE
  }

  boolean isOrdered() {
    return order != Order.NONE;
  }
}

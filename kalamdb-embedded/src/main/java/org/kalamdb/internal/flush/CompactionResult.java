package org.kalamdb.internal.flush;

/**
 * What compactions did.
 *
 * @param segmentsIn segments read and taken out
 * @param segmentsOut segments written in their place
 * @param rowsIn rows of the former, superseded ones and tombstones included
 * @param rowsOut rows of the latter
 * @param bytesIn size of the former
 * @param bytesOut size of the latter
 */
public record CompactionResult(
    long segmentsIn, long segmentsOut, long rowsIn, long rowsOut, long bytesIn, long bytesOut) {
  /** There was nothing to do. */
  public static final CompactionResult NONE = new CompactionResult(0, 0, 0, 0, 0, 0);

  /** Both together. */
  public CompactionResult plus(CompactionResult other) {
    return new CompactionResult(
        segmentsIn + other.segmentsIn,
        segmentsOut + other.segmentsOut,
        rowsIn + other.rowsIn,
        rowsOut + other.rowsOut,
        bytesIn + other.bytesIn,
        bytesOut + other.bytesOut);
  }
}

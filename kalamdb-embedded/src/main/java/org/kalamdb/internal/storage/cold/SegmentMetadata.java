package org.kalamdb.internal.storage.cold;

/** Keys of a segment's key-value metadata, and the version of the format they describe. */
final class SegmentMetadata {
  /** What this build writes; a greater one is refused. */
  static final int FORMAT_VERSION = 1;

  static final String FORMAT = "kalamdb.format_version";
  static final String NAMESPACE = "kalamdb.namespace";
  static final String TABLE = "kalamdb.table";
  static final String USER = "kalamdb.user";
  static final String SCHEMA_VERSION = "kalamdb.schema_version";
  static final String MIN_SEQ = "kalamdb.min_seq";
  static final String MAX_SEQ = "kalamdb.max_seq";

  private SegmentMetadata() {}
}

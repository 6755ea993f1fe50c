package org.kalamdb.internal.storage.kv;

/**
 * The key spaces of a database: a small fixed set, because a RocksDB column family per table costs
 * more with each table. Names are part of the on-disk format.
 */
public enum KeyFamily {
  /** Hot rows of user and shared tables. */
  ROWS("rows"),
  /** Secondary indexes. */
  INDEXES("indexes"),
  /** Events of stream tables. */
  STREAMS("streams"),
  /** Namespaces, tables, settings. */
  CATALOG("catalog"),
  /** Segments by table and partition. */
  MANIFEST("manifest"),
  /** Rows of segments that a newer version replaced. */
  SUPERSEDED("superseded"),
  /** Jobs and their history. */
  JOBS("jobs"),
  /** Counters, high-water marks and digests. */
  META("meta");

  private final String storedName;

  KeyFamily(String storedName) {
    this.storedName = storedName;
  }

  public String storedName() {
    return storedName;
  }
}

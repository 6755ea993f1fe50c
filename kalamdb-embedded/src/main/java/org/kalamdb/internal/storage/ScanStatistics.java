package org.kalamdb.internal.storage;

/**
 * What a scan read and what it could leave unread; counted up by the scan, read by EXPLAIN ANALYZE.
 */
public final class ScanStatistics {
  public long hotRows;
  public long segmentsRead;
  public long segmentsSkipped;
  public long rowGroupsRead;
  public long rowGroupsSkipped;
  public long pagesRead;
  public long pagesSkipped;
  public long bytesRead;
  public long coldRows;
  public long supersededRows;

  /** Entries read of the index the scan went by; -1 if it went by none. */
  public long indexEntries = -1;

  public void add(ScanStatistics other) {
    hotRows += other.hotRows;
    segmentsRead += other.segmentsRead;
    segmentsSkipped += other.segmentsSkipped;
    rowGroupsRead += other.rowGroupsRead;
    rowGroupsSkipped += other.rowGroupsSkipped;
    pagesRead += other.pagesRead;
    pagesSkipped += other.pagesSkipped;
    bytesRead += other.bytesRead;
    coldRows += other.coldRows;
    supersededRows += other.supersededRows;
    if (other.indexEntries >= 0) {
      indexEntries = Math.max(indexEntries, 0) + other.indexEntries;
    }
  }
}

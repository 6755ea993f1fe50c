package org.kalamdb.internal.storage.table;

import org.kalamdb.internal.storage.manifest.SegmentEntry;

/** Told what a check of segments comes across. */
public interface ColdFindings {
  /** A segment was read to its end. */
  void segmentRead(SegmentEntry entry, long rows);

  /** Something is not as it should be. */
  void problem(String file, String what);
}

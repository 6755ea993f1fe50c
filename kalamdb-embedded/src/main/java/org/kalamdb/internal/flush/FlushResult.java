package org.kalamdb.internal.flush;

/**
 * What a flush did.
 *
 * @param rows hot rows that became cold, tombstones included
 * @param files segments written
 * @param bytes of those files
 * @param tookNanos from start to end
 */
public record FlushResult(long rows, long files, long bytes, long tookNanos) {}

package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.file.NewFiles;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.table.FlushedKeys;
import org.kalamdb.schema.UserId;

/**
 * Segments of a flush that are published together: many small ones share the syncs of their files,
 * one commit and its sync. Closing it removes what was not published.
 */
final class FlushGroup implements AutoCloseable {
  /** An open file each until they are on disk; twice as many save no time. */
  private static final int MOST_SEGMENTS = 256;

  private static final long MOST_BYTES = 8L << 20;

  /** What a commit takes under the commit lock. */
  private static final int MOST_DELETIONS = 10_000;

  /**
   * A segment, and what of the hot rows is in it.
   *
   * @param digest the sum of its rows' digests
   */
  record Part(@Nullable UserId user, SegmentEntry segment, FlushedKeys flushed, long digest) {}

  private final NewFiles files;
  private final List<Part> parts = new ArrayList<>();
  private long bytes;
  private long deletions;

  FlushGroup(NewFiles files) {
    this.files = files;
  }

  /** Where the file of the next part is written to. */
  NewFiles files() {
    return files;
  }

  void add(Part part) {
    parts.add(part);
    bytes += part.segment().bytes();
    deletions += part.flushed().deletions();
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  /** Whether another segment would make publishing take long. */
  boolean isFull() {
    return parts.size() >= MOST_SEGMENTS || bytes >= MOST_BYTES || deletions >= MOST_DELETIONS;
  }

  List<Part> parts() {
    return parts;
  }

  /** Whose partitions have segments in it. */
  Set<@Nullable UserId> users() {
    Set<@Nullable UserId> users = new LinkedHashSet<>();
    parts.forEach(part -> users.add(part.user()));
    return users;
  }

  /** The files that are published already, to be deleted after all. */
  List<String> names() {
    return parts.stream().map(part -> part.segment().file()).toList();
  }

  @Override
  public void close() {
    files.close();
  }
}

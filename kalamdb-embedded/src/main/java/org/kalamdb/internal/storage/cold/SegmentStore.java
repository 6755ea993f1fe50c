package org.kalamdb.internal.storage.cold;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.file.FileStore;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;

/**
 * The segments of a storage: writes new ones, opens known ones, keeps their footers and the pages
 * of short reads in caches bounded by bytes. Thread-safe; readers and writers it hands out are not.
 */
public final class SegmentStore {
  /** Rows {@code from} to {@code to - 1} of a segment. */
  public record Part(SegmentEntry entry, long from, long to) {
    public static Part whole(SegmentEntry entry) {
      return new Part(entry, 0, entry.rows());
    }

    /** Counts what a scan reads of the segment as a whole: once. */
    boolean isFirst() {
      return from == 0;
    }
  }

  /** A file by its name and size: a name is never used again, and the size keeps a copy honest. */
  private record FooterKey(String file, long bytes, int tailCrc, int tableNumber) {}

  private static final int COPIED_AT_ONCE = 1 << 20;

  private final FileStore files;
  private final ColumnDefaults defaults;
  private final Cache<FooterKey, SegmentFooter> footers;
  private final PageCache pages;

  /** {@code cacheBytes} bounds the memory of cached footers and pages: a third and two thirds. */
  public SegmentStore(FileStore files, ColumnDefaults defaults, long cacheBytes) {
    this.files = files;
    this.defaults = defaults;
    this.footers =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes / 3)
            .weigher((FooterKey key, SegmentFooter footer) -> footer.weight())
            .executor(Runnable::run)
            .build();
    this.pages = new PageCache(cacheBytes - cacheBytes / 3);
  }

  public FileStore files() {
    return files;
  }

  /** Begins a segment that will be called {@code file}; the caller finishes or closes it. */
  public SegmentWriter createWriter(TableDefinition table, @Nullable UserId user, String file) {
    return new SegmentWriter(files, table, user, file);
  }

  /** As {@link #scan(ScanRequest, Part, RoaringBitmap, BufferAllocator, ScanStatistics)}, whole. */
  public @Nullable SegmentReader scan(
      ScanRequest request,
      SegmentEntry entry,
      @Nullable RoaringBitmap superseded,
      BufferAllocator allocator,
      ScanStatistics statistics) {
    return scan(request, Part.whole(entry), superseded, allocator, statistics);
  }

  /**
   * Opens a scan of one segment, or of a part of it, or returns null (and counts the segment as
   * skipped) if the manifest shows that no row is wanted. The caller closes it.
   *
   * @param superseded rows that a newer version replaced, at the reader's snapshot; null: none
   * @param statistics counted up while the scan runs; may be shared by scans of one thread
   */
  public @Nullable SegmentReader scan(
      ScanRequest request,
      Part part,
      @Nullable RoaringBitmap superseded,
      BufferAllocator allocator,
      ScanStatistics statistics) {
    return scan(request, part, superseded, allocator, statistics, pages);
  }

  /** A scan that takes no page from memory: for who wants to know what is on disk. */
  public @Nullable SegmentReader scanFile(
      ScanRequest request, SegmentEntry entry, BufferAllocator allocator) {
    return scan(
        request, Part.whole(entry), null, allocator, new ScanStatistics(), new PageCache(0));
  }

  private @Nullable SegmentReader scan(
      ScanRequest request,
      Part part,
      @Nullable RoaringBitmap superseded,
      BufferAllocator allocator,
      ScanStatistics statistics,
      PageCache cache) {
    SegmentEntry entry = part.entry();
    if (!SegmentPruning.mayMatch(entry, request)) {
      statistics.segmentsSkipped += part.isFirst() ? 1 : 0;
      return null;
    }
    statistics.segmentsRead += part.isFirst() ? 1 : 0;
    ReadableFile file = new FileOnDemand(files, request.table(), entry);
    SegmentFooter footer = openFooter(file, request.table(), entry);
    return new SegmentReader(
        request, part, footer, file, superseded, defaults, cache, allocator, statistics);
  }

  /** Opens a segment for rows by primary key. The caller closes it. */
  public PointLookup lookup(TableDefinition table, SegmentEntry entry) {
    ReadableFile file = new FileOnDemand(files, table, entry);
    return new PointLookup(table, openFooter(file, table, entry), file, defaults, pages);
  }

  /** Whether keys are encoded today as they were when the segment was written. */
  public static boolean hasTodaysKeyTypes(TableDefinition table, SegmentEntry entry) {
    return PartitionKeys.hasTodaysKeyTypes(table, entry);
  }

  /**
   * Whether the segment can have the row, by the manifest alone.
   *
   * @param primaryKey encoded as by {@code RowKeys.primaryKeyBytes} at the newest schema
   */
  public static boolean mayHaveKey(TableDefinition table, SegmentEntry entry, byte[] primaryKey) {
    return PartitionKeys.mayContain(table, entry, RowKeys.prefixRange(primaryKey));
  }

  /** The footer, from the cache or the file; the file is closed if it cannot be had. */
  private SegmentFooter openFooter(ReadableFile file, TableDefinition table, SegmentEntry entry) {
    try {
      FooterKey key = new FooterKey(entry.file(), entry.bytes(), entry.tailCrc(), table.number());
      SegmentFooter footer = footers.getIfPresent(key);
      if (footer == null) {
        footer = SegmentFooter.read(file, table, entry);
        footers.put(key, footer);
      }
      return footer;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Copies a segment byte by byte into a new file, puts it on disk, reads it back and gives it its
   * name.
   *
   * @param progress told of bytes as they are copied; what it throws ends the copying
   * @throws org.kalamdb.error.KalamException XX001 if the segment is damaged, 53100 or 58030 if it
   *     cannot be read or written; no file is left then
   */
  public void copy(TableDefinition table, SegmentEntry entry, String file, LongConsumer progress) {
    String temporary = file + SegmentWriter.TEMPORARY_SUFFIX;
    boolean created = false;
    try (ReadableFile in = new FileOnDemand(files, table, entry)) {
      long size = in.size();
      try (WritableFile out = files.create(temporary)) {
        created = true;
        byte[] buffer = new byte[(int) Math.min(size, COPIED_AT_ONCE)];
        for (long at = 0; at < size; ) {
          int length = (int) Math.min(buffer.length, size - at);
          in.read(at, buffer, 0, length);
          out.write(buffer, 0, length);
          at += length;
          progress.accept(length);
        }
        out.sync();
      }
      SegmentCheck.check(files, temporary, table, entry);
      files.publish(temporary, file);
      created = false;
    } finally {
      if (created) {
        files.delete(temporary);
      }
    }
  }

  /** Removes the file of a segment that no reader has, and what is cached of it. */
  public void delete(TableDefinition table, SegmentEntry entry) {
    footers.invalidate(new FooterKey(entry.file(), entry.bytes(), entry.tailCrc(), table.number()));
    files.delete(entry.file());
  }
}

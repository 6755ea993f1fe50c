package org.kalamdb.internal.storage;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.UserId;

/**
 * All tables at one moment: a snapshot of hot and cold rows, with the writes of the reader's own
 * transaction on top. What the executor reads through.
 */
public interface TableReader {
  /** Opens a scan whose batches are allocated from {@code allocator}. */
  BatchSource scan(ScanRequest request, BufferAllocator allocator);

  /**
   * The same rows from several sources, which different threads may read at the same time; together
   * in order they give the rows in the order of {@link #scan}. One source if the rows cannot be
   * divided. The caller closes them.
   *
   * @param request of any order and without a limit
   */
  default List<? extends BatchSource> scanParts(ScanRequest request, BufferAllocator allocator) {
    return List.of(scan(request, allocator));
  }

  /**
   * The same by way of an index, or null if {@link #scan} is less work. The key ranges and the
   * predicates of {@code request} do not count.
   */
  default @Nullable BatchSource scanByIndex(
      ScanRequest request, IndexRequest index, BufferAllocator allocator) {
    return null;
  }

  /**
   * What a planner may assume of the table, or of the user's partition of it; may be off.
   *
   * @param allocator for samples, which are taken when they are first asked for
   */
  TableEstimate estimate(TableDefinition table, @Nullable UserId user, BufferAllocator allocator);
}

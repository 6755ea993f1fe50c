package org.kalamdb.internal.system;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.IndexRequest;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.TableEstimate;
import org.kalamdb.internal.storage.TableReader;
import org.kalamdb.schema.UserId;

/**
 * Stored tables as another reader gives them, and system tables besides. A scan of a system table
 * sees the moment at which it is opened, not the snapshot of the others.
 *
 * @param stored reads what is stored
 * @param tables whom to ask for the rest
 * @param viewer whose rows of system tables are seen
 */
public record SystemTableReader(TableReader stored, SystemTables tables, Viewer viewer)
    implements TableReader {
  /** Nobody counts beforehand; it is never many. */
  private static final TableEstimate FEW =
      new TableEstimate() {
        @Override
        public double rows() {
          return 20;
        }

        @Override
        public ColumnEstimate column(int position) {
          return ColumnEstimate.UNKNOWN;
        }
      };

  @Override
  public BatchSource scan(ScanRequest request, BufferAllocator allocator) {
    SystemTable table = SystemTable.of(request.table());
    return table == null
        ? stored.scan(request, allocator)
        : new RowListSource(tables.rows(table, viewer), request, allocator);
  }

  @Override
  public List<? extends BatchSource> scanParts(ScanRequest request, BufferAllocator allocator) {
    return SystemTable.of(request.table()) == null
        ? stored.scanParts(request, allocator)
        : List.of(scan(request, allocator));
  }

  @Override
  public @Nullable BatchSource scanByIndex(
      ScanRequest request, IndexRequest index, BufferAllocator allocator) {
    return SystemTable.of(request.table()) == null
        ? stored.scanByIndex(request, index, allocator)
        : null;
  }

  @Override
  public TableEstimate estimate(
      TableDefinition table, @Nullable UserId user, BufferAllocator allocator) {
    return SystemTable.of(table) == null ? stored.estimate(table, user, allocator) : FEW;
  }
}

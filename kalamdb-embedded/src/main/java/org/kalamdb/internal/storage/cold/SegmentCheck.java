package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.cold.SegmentFooter.Chunk;
import org.kalamdb.internal.storage.cold.SegmentFooter.Group;
import org.kalamdb.internal.storage.file.FileStore;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.DataType;

/** Reads a whole segment and compares it with what the manifest says of it. */
public final class SegmentCheck {
  private SegmentCheck() {}

  /** Throws XX001 at the first thing in {@code file} that is not as it was written. */
  public static void check(
      FileStore store, String file, TableDefinition table, SegmentEntry entry) {
    try (ReadableFile in = store.open(file)) {
      SegmentFooter footer = SegmentFooter.read(in, table, entry);
      try (PageReader reader = new PageReader(in, new ScanStatistics())) {
        for (Group group : footer.groups) {
          for (Chunk chunk : group.chunks()) {
            checkChunk(reader, footer, chunk);
          }
        }
      } catch (IOException | RuntimeException e) {
        throw Damage.wrap(file, table, e);
      }
    }
  }

  private static void checkChunk(PageReader reader, SegmentFooter footer, Chunk chunk)
      throws IOException {
    DataType type = footer.layout.columns().get(chunk.leaf.column()).type();
    @Nullable LeafBuffer dictionary =
        reader.readDictionary(chunk, new LeafBuffer(chunk.leaf, type));
    LeafBuffer values = new LeafBuffer(chunk.leaf, type);
    long rows = 0;
    long nulls = 0;
    for (int page = 0; page < chunk.pages().count; page++) {
      reader.read(chunk, page, dictionary, values);
      rows += values.rows;
      nulls += values.nulls;
    }
    if (rows != chunk.rows || nulls != chunk.nulls) {
      throw HybridDecoder.damaged("another number of values than the footer says");
    }
  }
}

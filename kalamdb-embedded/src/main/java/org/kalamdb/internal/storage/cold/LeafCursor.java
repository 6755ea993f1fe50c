package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.cold.SegmentFooter.Chunk;
import org.kalamdb.internal.storage.cold.SegmentFooter.Group;
import org.kalamdb.internal.storage.cold.SegmentFooter.Pages;
import org.kalamdb.schema.DataType;

/** Gives rows of one leaf, keeping the page and the dictionary it decoded last. Not thread-safe. */
final class LeafCursor {
  private final PageReader reader;
  private final int leaf;
  private final LeafBuffer page;
  private final LeafBuffer dictionaryBuffer;
  private @Nullable LeafBuffer dictionary;
  private int dictionaryGroup = -1;
  private int pageGroup = -1;
  private int pageNumber = -1;
  private int pageFirst;

  LeafCursor(PageReader reader, SegmentLayout layout, int leaf) {
    Leaf described = layout.leaves().get(leaf);
    DataType type = layout.columns().get(described.column()).type();
    this.reader = reader;
    this.leaf = leaf;
    this.page = new LeafBuffer(described, type);
    this.dictionaryBuffer = new LeafBuffer(described, type);
  }

  /** Decodes the page that has the row of the row group; lent until the next call. */
  LeafBuffer viewPageOf(Group group, int row) throws IOException {
    Chunk chunk = group.chunks().get(leaf);
    Pages pages = chunk.pages();
    if (pageGroup == group.number()
        && row >= pageFirst
        && row < pages.firstRows[pageNumber + 1]) {
      return page;
    }
    if (dictionaryGroup != group.number()) {
      dictionary = reader.readDictionary(chunk, dictionaryBuffer);
      dictionaryGroup = group.number();
    }
    pageGroup = -1;
    int wanted = pages.pageOf(row);
    reader.read(chunk, wanted, dictionary, page);
    pageGroup = group.number();
    pageNumber = wanted;
    pageFirst = pages.firstRows[wanted];
    return page;
  }

  /** First row of the page of the last {@link #viewPageOf}. */
  int pageFirst() {
    return pageFirst;
  }

  /** Adds rows of the row group to {@code out}. */
  void copyRows(Group group, int from, int to, LeafBuffer out) throws IOException {
    int row = from;
    while (row < to) {
      LeafBuffer values = viewPageOf(group, row);
      int end = Math.min(to, pageFirst + values.rows);
      out.append(values, row - pageFirst, end - pageFirst);
      row = end;
    }
  }
}

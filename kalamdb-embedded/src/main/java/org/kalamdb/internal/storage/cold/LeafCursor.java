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
  private final SegmentFooter footer;
  private final int leaf;
  private final Leaf described;
  private final DataType type;
  private final PageCache cache;
  private final LeafBuffer pageBuffer;
  private boolean scanning;
  private LeafBuffer page;
  private @Nullable LeafBuffer dictionary;
  private int dictionaryGroup = -1;
  private int pageGroup = -1;
  private int pageNumber = -1;
  private int pageFirst;

  /** Pages and dictionaries are taken from the cache and left in it. */
  LeafCursor(PageReader reader, SegmentFooter footer, int leaf, PageCache cache) {
    this.reader = reader;
    this.footer = footer;
    this.leaf = leaf;
    this.cache = cache;
    this.described = footer.layout.leaves().get(leaf);
    this.type = footer.layout.columns().get(described.column()).type();
    this.pageBuffer = new LeafBuffer(described, type);
    this.pageBuffer.keepsCodes = true;
    this.page = pageBuffer;
  }

  /** From now on so many rows are read that pages go by the cache; dictionaries do not. */
  void scan() {
    scanning = true;
  }

  /**
   * Decodes the page that has the row of the row group; lent until the next call, not to be
   * changed.
   */
  LeafBuffer viewPageOf(Group group, int row) throws IOException {
    LeafBuffer found = viewCodedPageOf(group, row);
    found.flatten();
    return found;
  }

  /** As {@link #viewPageOf}, but a page of a dictionary's numbers may be no more than that. */
  LeafBuffer viewCodedPageOf(Group group, int row) throws IOException {
    Pages pages = group.chunks().get(leaf).pages();
    if (pageGroup == group.number() && row >= pageFirst && row < pages.firstRows[pageNumber + 1]) {
      return page;
    }
    pageGroup = -1;
    int wanted = pages.pageOf(row);
    page = readPage(group, wanted);
    pageGroup = group.number();
    pageNumber = wanted;
    pageFirst = pages.firstRows[wanted];
    return page;
  }

  private LeafBuffer readPage(Group group, int wanted) throws IOException {
    Chunk chunk = group.chunks().get(leaf);
    if (scanning) {
      reader.read(chunk, wanted, dictionaryOf(group), pageBuffer);
      return pageBuffer;
    }
    String file = footer.entry.file();
    LeafBuffer known = cache.get(file, leaf, group.number(), wanted);
    if (known == null) {
      known = new LeafBuffer(described, type);
      reader.read(chunk, wanted, dictionaryOf(group), known);
      cache.put(file, leaf, group.number(), wanted, known);
    }
    return known;
  }

  /** The dictionary of the chunk, null if it has none; not to be changed. */
  @Nullable LeafBuffer dictionaryOf(Group group) throws IOException {
    if (dictionaryGroup != group.number()) {
      dictionaryGroup = -1;
      dictionary = readDictionary(group);
      dictionaryGroup = group.number();
    }
    return dictionary;
  }

  private @Nullable LeafBuffer readDictionary(Group group) throws IOException {
    Chunk chunk = group.chunks().get(leaf);
    String file = footer.entry.file();
    LeafBuffer known = cache.get(file, leaf, group.number(), PageCache.DICTIONARY);
    if (known == null) {
      known = reader.readDictionary(chunk, new LeafBuffer(described, type));
      if (known != null) {
        cache.put(file, leaf, group.number(), PageCache.DICTIONARY, known);
      }
    }
    return known;
  }

  /** First row of the page of the last {@link #viewPageOf}. */
  int pageFirst() {
    return pageFirst;
  }

  /** Adds rows of the row group to {@code out}. */
  void copyRows(Group group, int from, int to, LeafBuffer out) throws IOException {
    int row = from;
    while (row < to) {
      LeafBuffer values = viewCodedPageOf(group, row);
      int end = Math.min(to, pageFirst + values.rows);
      out.append(values, row - pageFirst, end - pageFirst);
      row = end;
    }
  }
}

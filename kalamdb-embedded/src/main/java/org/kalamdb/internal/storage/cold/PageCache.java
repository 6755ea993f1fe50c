package org.kalamdb.internal.storage.cold;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/**
 * Decoded pages of segments, bounded by bytes. For reads of few rows, which would otherwise decode
 * a page of each column for every row they want; scans of many rows pass it by. Files never change
 * and their names are never used again, so nothing here grows stale. Thread-safe; nobody writes to
 * what is in it.
 */
final class PageCache {
  /** Stands for a chunk's dictionary in place of a page number. */
  static final int DICTIONARY = -1;

  private record Key(String file, int leaf, int group, int page) {}

  private final Cache<Key, LeafBuffer> pages;

  PageCache(long bytes) {
    pages =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((Key key, LeafBuffer page) -> page.heapBytes())
            .executor(Runnable::run)
            .build();
  }

  @Nullable LeafBuffer get(String file, int leaf, int group, int page) {
    return pages.getIfPresent(new Key(file, leaf, group, page));
  }

  void put(String file, int leaf, int group, int page, LeafBuffer decoded) {
    pages.put(new Key(file, leaf, group, page), decoded);
  }
}

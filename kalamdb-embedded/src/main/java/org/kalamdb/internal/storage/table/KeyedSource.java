package org.kalamdb.internal.storage.table;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;

/** A source in key order that can tell the keys of its rows. */
interface KeyedSource extends BatchSource {
  /** The row key of a row of the last batch, which is not closed yet. */
  byte[] viewKey(int row);

  /**
   * A key that no row of the source comes before in scan order, known without reading; null if
   * nothing is known.
   */
  byte @Nullable [] bound();
}

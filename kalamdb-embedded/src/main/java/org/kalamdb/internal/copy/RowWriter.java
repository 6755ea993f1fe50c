package org.kalamdb.internal.copy;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts rows into a file. */
public interface RowWriter {
  /** What comes before the first row. */
  void begin(List<String> names) throws IOException;

  /** One row; the array is not kept. */
  void write(@Nullable Object[] row) throws IOException;
}

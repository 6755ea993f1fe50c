package org.kalamdb.internal.engine;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;

/** The rows of a file for the target columns of a COPY FROM. Not thread-safe. */
interface CopyRows {
  /** Reads what comes before the rows. */
  void begin() throws IOException;

  /** Values for the targets, {@link CopySource#DEFAULT} among them; null at the end. */
  @Nullable Object @Nullable [] next() throws IOException;

  /** The error with the place in the file, unless it is about no row. */
  KalamException located(KalamException e);
}

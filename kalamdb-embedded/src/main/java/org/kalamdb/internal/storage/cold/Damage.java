package org.kalamdb.internal.storage.cold;

import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;

/** A segment's file does not hold what was written into it: XX001 with the file and the table. */
final class Damage {
  private Damage() {}

  static KalamException of(String file, TableDefinition table, String reason) {
    return of(file, table, reason, null);
  }

  static KalamException of(
      String file, TableDefinition table, String reason, @Nullable Throwable cause) {
    return new KalamException(
        ErrorCode.DATA_CORRUPTED,
        "file \"" + file + "\" of table " + table.id() + " is damaged: " + reason,
        cause);
  }

  /**
   * What a failure while decoding means. Decoders and the parsers below them meet bytes that nobody
   * wrote with whatever exception comes first; all of them are the file's fault.
   */
  static KalamException wrap(String file, TableDefinition table, Exception failure) {
    if (failure instanceof OutOfMemoryException) {
      return new KalamException(
          ErrorCode.OUT_OF_MEMORY,
          "out of memory while reading table " + table.id() + ": " + failure.getMessage(),
          failure);
    }
    if (failure instanceof KalamException known) {
      boolean placeless =
          known.code() == ErrorCode.DATA_CORRUPTED && !known.reason().startsWith("file \"");
      return placeless ? of(file, table, known.reason(), known) : known;
    }
    return of(file, table, "its contents cannot be read", failure);
  }
}

package org.kalamdb.internal.storage.cold;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;

/** What reading a file of others may hold in memory. Not thread-safe. */
final class ForeignMemory {
  /** Buffers that are filled from pages alone do not look at their type. */
  static final DataType UNUSED = DataType.BYTES;

  private final long limit;
  private long held;

  ForeignMemory(long limit) {
    this.limit = limit;
  }

  long limit() {
    return limit;
  }

  /** Before so many bytes are allocated. */
  void take(long bytes) {
    if (bytes > limit - held) {
      throw new KalamException(
              ErrorCode.OUT_OF_MEMORY,
              "the file's pages need more than the " + limit + " bytes a query may hold")
          .withHint("KalamOptions.queryMemoryBytes is the limit.");
    }
    held += bytes;
  }

  void give(long bytes) {
    held -= bytes;
  }

  void giveAll() {
    held = 0;
  }
}

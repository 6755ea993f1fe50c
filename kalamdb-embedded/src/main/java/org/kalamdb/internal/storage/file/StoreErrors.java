package org.kalamdb.internal.storage.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** What the operating system says, as errors of ours. */
final class StoreErrors {
  private StoreErrors() {}

  /** {@code action} fits into "could not ... file". */
  static KalamException of(String action, String path, IOException cause) {
    return new KalamException(
        code(cause), "could not " + action + " file \"" + path + "\": " + reason(cause), cause);
  }

  private static ErrorCode code(IOException cause) {
    if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
      return ErrorCode.UNDEFINED_FILE;
    }
    String reason = reason(cause).toLowerCase(Locale.ROOT);
    boolean full =
        reason.contains("no space left")
            || reason.contains("not enough space")
            || reason.contains("quota exceeded");
    return full ? ErrorCode.DISK_FULL : ErrorCode.IO_ERROR;
  }

  private static String reason(IOException cause) {
    @Nullable String text =
        cause instanceof FileSystemException system ? system.getReason() : cause.getMessage();
    return text == null ? cause.getClass().getSimpleName() : text;
  }
}

package org.kalamdb.slt;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a record came to.
 *
 * @param failure null if it passed
 */
record Outcome(Path file, SltRecord record, @Nullable Miss failure) {
  boolean passed() {
    return failure == null;
  }

  /**
   * Why a record failed.
   *
   * @param cause a short name that like failures share: SQLSTATE and the sentence without its names
   * @param detail all there is to know, several lines
   */
  record Miss(String cause, String detail) {}
}

package org.kalamdb.internal.storage.file;

import java.util.Optional;

/**
 * The versions of the on-disk format, oldest first. A database says which one it has in its marker
 * file.
 */
public enum FormatVersion {
  /** Rows in RocksDB families, segments in Parquet files. */
  V1(1);

  private final int number;

  FormatVersion(int number) {
    this.number = number;
  }

  /** What stands in the marker file. */
  public int number() {
    return number;
  }

  /** What this version of the software writes. */
  public static FormatVersion newest() {
    return values()[values().length - 1];
  }

  /** Empty for a version this software does not know. */
  public static Optional<FormatVersion> of(int number) {
    for (FormatVersion version : values()) {
      if (version.number == number) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }
}

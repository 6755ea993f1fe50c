package org.kalamdb.slt;

/** Where the rows of a file's tables lie while its records are run. */
enum Tier {
  /** As they were written. */
  HOT(0),
  /** In segments: all is flushed after every record. */
  COLD(1),
  /** Some here, some there: all is flushed after every second record. */
  MIXED(2);

  private final int every;

  Tier(int every) {
    this.every = every;
  }

  /** Whether rows are moved after the record of this number, from 1. */
  boolean flushesAfter(int record) {
    return every > 0 && record % every == 0;
  }
}

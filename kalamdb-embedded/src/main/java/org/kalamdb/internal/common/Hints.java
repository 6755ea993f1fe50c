package org.kalamdb.internal.common;

/** Advice that several errors give in the same words. */
public final class Hints {
  /** For damage that refuses the opening of a database. */
  public static final String DAMAGED =
      "Nothing has been changed. Restore a backup, or open the database once with"
          + " KalamOptions.builder().recovery(RecoveryMode.SALVAGE): it keeps all files in lost/,"
          + " opens with what can be read and reports what is gone";

  private Hints() {}
}

package org.kalamdb.internal.sql.parse;

/** OVERRIDING ... VALUE: what an INSERT does with values for identity columns. */
public enum Overriding {
  /** They count, also for a column GENERATED ALWAYS. */
  SYSTEM,
  /** They are left out, and the columns get their own. */
  USER
}

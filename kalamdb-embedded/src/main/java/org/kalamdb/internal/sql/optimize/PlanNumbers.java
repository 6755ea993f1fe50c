package org.kalamdb.internal.sql.optimize;

/**
 * Numbers for outer columns and common tables that passes make: below zero, the binder's are not.
 */
final class PlanNumbers {
  private int next = -1;

  int next() {
    return next--;
  }
}

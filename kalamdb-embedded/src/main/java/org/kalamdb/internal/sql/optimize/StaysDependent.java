package org.kalamdb.internal.sql.optimize;

/**
 * Says, up to the apply that is being rewritten, that its right side cannot be made independent.
 */
final class StaysDependent extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StaysDependent() {
    super("the plan stays dependent", null, false, false);
  }
}

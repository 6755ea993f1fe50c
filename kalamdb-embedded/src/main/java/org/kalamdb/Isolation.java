package org.kalamdb;

/** What a transaction sees of others while it runs, and what its commit asks of them. */
public enum Isolation {
  /**
   * Each statement sees what was committed before it began. A row that somebody else changed since
   * this transaction's statement looked at it makes the commit fail with 40001.
   */
  READ_COMMITTED("read committed"),
  /**
   * All statements see what was committed before the transaction began, and its own writes. The
   * first to commit a row wins; others fail with 40001. REPEATABLE READ in SQL; the default.
   */
  SNAPSHOT("repeatable read"),
  /**
   * As {@link #SNAPSHOT}, and the commit of a transaction that wrote fails with 40001 if anything
   * it read was changed meanwhile, rows that came into a range it looked through included: the
   * outcome is as if transactions had run one after the other.
   */
  SERIALIZABLE("serializable");

  private final String sqlName;

  Isolation(String sqlName) {
    this.sqlName = sqlName;
  }

  /** As {@code SHOW transaction_isolation} gives it. */
  public String sqlName() {
    return sqlName;
  }
}

package org.kalamdb;

/**
 * An open transaction of a session, the same one that {@code BEGIN} opens: statements of the
 * session run in it until it ends. Closing it rolls back what was not committed.
 *
 * <pre>{@code
 * try (Transaction transaction = session.begin()) {
 *   session.execute("UPDATE accounts SET balance = balance - ? WHERE id = ?", 10, 1);
 *   session.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", 10, 2);
 *   transaction.commit();
 * }
 * }</pre>
 *
 * Confined to the session's thread. After a statement has failed only rolling back helps: the whole
 * transaction, or to a savepoint.
 */
public interface Transaction extends AutoCloseable {
  /**
   * Makes what was written durable and visible.
   *
   * @throws org.kalamdb.error.KalamException 40001 if another transaction came first and this one
   *     may be run again, 40003 if the outcome is unknown, 25P01 if it has ended, 25P02 if a
   *     statement of it failed; in every case but 40003 nothing was written
   */
  void commit();

  /** Forgets what was written. */
  void rollback();

  /** Marks a moment to go back to; a later savepoint of the same name hides it. */
  void savepoint(String name);

  /**
   * Forgets what was written since the savepoint, which stays; a failed statement no longer counts.
   *
   * @throws org.kalamdb.error.KalamException 3B001 if there is none of the name
   */
  void rollbackTo(String savepoint);

  /** Forgets the savepoint and those after it; what was written stays. */
  void release(String savepoint);

  /** True until it is committed or rolled back. */
  boolean isOpen();

  /** Rolls back if it is still open. Idempotent. */
  @Override
  void close();
}

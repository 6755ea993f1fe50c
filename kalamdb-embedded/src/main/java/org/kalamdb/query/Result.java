package org.kalamdb.query;

import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rows of a statement, streamed as they are read, from one snapshot. Read it once, by one
 * thread, and close it: it holds the snapshot. {@link #list()} and its kin close it themselves.
 */
public interface Result extends Iterable<Row>, AutoCloseable {
  List<ResultColumn> columns();

  /**
   * Rows changed by an INSERT, UPDATE or DELETE; -1 for statements that return rows of their own.
   */
  long updateCount();

  /** The rows not yet read; an exception of the running query comes out of its methods. */
  @Override
  Iterator<Row> iterator();

  /** The rows not yet read, as a stream that closes the result when it is closed. */
  Stream<Row> stream();

  /** All rows not yet read, then closes. */
  List<Row> list();

  /**
   * All rows not yet read, each as an instance of a record whose component names are column names
   * (without regard to case and underscores), then closes.
   */
  <T> List<T> list(Class<T> recordType);

  /** The one row there is, then closes; {@link IllegalStateException} if there is none or more. */
  Row single();

  /** The next rows as Arrow vectors, lent until the next call; null at the end. */
  @org.jspecify.annotations.Nullable
  ResultBatch nextBatch();

  @Override
  void close();
}

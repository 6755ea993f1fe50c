package org.kalamdb.query;

import org.apache.arrow.vector.FieldVector;

/**
 * Some rows of a result as Arrow vectors, lent by the {@link Result} until its next batch or close;
 * do not close the vectors. All rows from 0 to {@link #rowCount()} count.
 */
public interface ResultBatch {
  int rowCount();

  FieldVector column(int index);
}

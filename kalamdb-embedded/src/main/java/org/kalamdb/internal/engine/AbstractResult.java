package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;

/** What every result does with its rows once it can iterate over them. */
abstract class AbstractResult implements Result {
  @Override
  public Stream<Row> stream() {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(
                iterator(), Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
            false)
        .onClose(this::close);
  }

  @Override
  public List<Row> list() {
    try (this) {
      List<Row> rows = new ArrayList<>();
      iterator().forEachRemaining(rows::add);
      return rows;
    }
  }

  @Override
  public <T> List<T> list(Class<T> recordType) {
    try (this) {
      RecordMapper<T> mapper = RecordMapper.of(recordType, columns());
      List<T> rows = new ArrayList<>();
      iterator().forEachRemaining(row -> rows.add(mapper.map(row)));
      return rows;
    }
  }

  @Override
  public Row single() {
    try (this) {
      Iterator<Row> rows = iterator();
      if (!rows.hasNext()) {
        throw new IllegalStateException("The result has no row");
      }
      Row row = rows.next();
      if (rows.hasNext()) {
        throw new IllegalStateException("The result has more than one row");
      }
      return row;
    }
  }
}

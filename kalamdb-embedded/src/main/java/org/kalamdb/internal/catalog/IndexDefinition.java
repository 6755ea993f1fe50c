package org.kalamdb.internal.catalog;

import java.util.List;

/**
 * An index of a table.
 *
 * @param number within the table, never reused; what keys of its entries begin with, after the
 *     table's
 * @param name unique in the namespace
 * @param unique whether no two rows of a partition have equal values without a NULL among them
 * @param origin what made it, and so what drops it
 * @param columns in order
 * @param spansUsers whether the entries of all users of a table stand together by value: for
 *     finding the rows of every user that refer to a shared row
 * @param bloom how large filters of a BLOOM index are
 * @param ready false while rows from before it are being entered: writers keep it up and uniqueness
 *     is held, but nobody reads by it
 */
public record IndexDefinition(
    int number,
    String name,
    Kind kind,
    boolean unique,
    Origin origin,
    List<IndexColumn> columns,
    boolean spansUsers,
    BloomSize bloom,
    boolean ready) {
  public IndexDefinition {
    columns = List.copyOf(columns);
  }

  /** How an index is kept. */
  public enum Kind {
    /** An entry for each row, in order of the columns. */
    SORTED,
    /** A bloom filter on the column in each segment; nothing for hot rows. */
    BLOOM
  }

  /** What asked for an index. */
  public enum Origin {
    STATEMENT,
    UNIQUE_CONSTRAINT,
    FOREIGN_KEY
  }

  /**
   * One column of an index.
   *
   * @param column its id
   */
  public record IndexColumn(int column, boolean descending) {}

  /**
   * How a bloom filter is sized.
   *
   * @param falsePositives share of the absent values it lets through
   * @param items values to make room for, if a file has fewer
   */
  public record BloomSize(double falsePositives, long items) {
    public static final BloomSize DEFAULT = new BloomSize(0.01, 0);
  }

  /** Ids of its columns, in order. */
  public List<Integer> columnIds() {
    return columns.stream().map(IndexColumn::column).toList();
  }

  public boolean isSorted() {
    return kind == Kind.SORTED;
  }

  public IndexDefinition asReady() {
    return new IndexDefinition(
        number, name, kind, unique, origin, columns, spansUsers, bloom, true);
  }
}

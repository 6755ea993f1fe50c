package org.kalamdb.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a table at one version.
 *
 * @param version rises with each ALTER, from 1
 * @param columns in declared order; a hidden row key of a table declared without a primary key is
 *     the last of them and named {@value #HIDDEN_KEY}
 * @param primaryKey positions in {@code columns}, in key order; empty for a stream table
 * @param since the commit that made it; null if it is not committed, or was by a version of the
 *     library that did not note it
 */
public record TableSchema(
    int version, List<ColumnSchema> columns, List<Integer> primaryKey, @Nullable SeqId since) {
  /**
   * The column that keys a table without a primary key of its own; {@code SELECT *} leaves it out.
   */
  public static final String HIDDEN_KEY = "_row_id";

  public TableSchema {
    columns = List.copyOf(columns);
    primaryKey = List.copyOf(primaryKey);
  }

  /** A version that is not committed. */
  public TableSchema(int version, List<ColumnSchema> columns, List<Integer> primaryKey) {
    this(version, columns, primaryKey, null);
  }

  /** The same, made by the commit. */
  public TableSchema since(SeqId commit) {
    return new TableSchema(version, columns, primaryKey, commit);
  }

  /** Position of the column, or -1. */
  public int indexOf(String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Position of the column with this id, or -1. */
  public int positionOf(int columnId) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).id() == columnId) {
        return i;
      }
    }
    return -1;
  }

  /** The column with this id, which there must be. */
  public ColumnSchema columnWithId(int columnId) {
    return columns.get(positionOf(columnId));
  }

  public ColumnSchema column(int index) {
    return columns.get(index);
  }

  public boolean isPrimaryKey(int index) {
    return primaryKey.contains(index);
  }

  public boolean hasHiddenKey() {
    return primaryKey.size() == 1 && columns.get(primaryKey.get(0)).name().equals(HIDDEN_KEY);
  }

  /** How many columns {@code SELECT *} shows. */
  public int visibleColumns() {
    return hasHiddenKey() ? columns.size() - 1 : columns.size();
  }

  /** The columns {@code SELECT *} shows. */
  public List<ColumnSchema> visible() {
    return columns.subList(0, visibleColumns());
  }
}

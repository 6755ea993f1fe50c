package org.kalamdb.internal.write;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.storage.hot.EventWrite;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/**
 * Brings row changes of one statement into a transaction's write set, after checking what the table
 * asks of its rows. Nothing is visible to others before the commit. Confined to the transaction.
 */
public final class TableWriter {
  private final TableDefinition table;
  private final TableSchema schema;
  private final TableRules rules;
  private final @Nullable UserId user;
  private final WriteSet writes;
  private final RowFinder finder;
  private final UniqueKeys unique;
  private final @Nullable RowObserver observer;

  /** Is told of each row that a writer changes, with nothing before an insert or after a delete. */
  @FunctionalInterface
  public interface RowObserver {
    void changed(
        @Nullable UserId user,
        @Nullable Object @Nullable [] before,
        @Nullable Object @Nullable [] after);
  }

  public TableWriter(
      TableDefinition table,
      TableRules rules,
      @Nullable UserId user,
      WriteSet writes,
      RowFinder finder,
      @Nullable RowObserver observer) {
    this.table = table;
    this.schema = table.schema();
    this.rules = rules;
    this.user = user;
    this.writes = writes;
    this.finder = finder;
    this.unique = new UniqueKeys(table, user, writes, finder);
    this.observer = observer;
  }

  /** The value of a column for which a row names none. */
  public @Nullable Object defaultOf(int column) {
    RowExpression expression = rules.defaults().get(column);
    return expression == null ? null : expression.evaluate(new Object[schema.columns().size() + 2]);
  }

  /**
   * Adds a row.
   *
   * @param row a value for each column; kept
   * @param columns those of the key whose holder is wanted, as positions in the schema; null: of
   *     any. A row that is in the way by another key is an error (23505)
   * @return the row that stands in the way, which the caller may update instead; null if added
   */
  public @Nullable ExistingRow tryInsert(@Nullable Object[] row, @Nullable List<Integer> columns) {
    check(row);
    if (table.type() == TableType.STREAM) {
      writes.write(EventWrite.insert(table, owner(), row));
      return null;
    }
    ExistingRow inTheWay = place(row, columns);
    if (inTheWay == null && observer != null) {
      observer.changed(user, null, row);
    }
    return inTheWay;
  }

  /** Puts the row in its place, unless its keys are taken. */
  private @Nullable ExistingRow place(@Nullable Object[] row, @Nullable List<Integer> columns) {
    byte[] key = RowKeys.rowKey(table, user, row);
    RowWrite earlier = writes.find(key);
    RowVersion base = earlier == null ? finder.find(table, user, key) : earlier.base();
    UniqueKeys.Place place = unique.place(key, earlier, base);
    ExistingRow inTheWay = unique.find(place, row, columns);
    if (inTheWay != null) {
      return inTheWay;
    }
    ExistingRow byOther = columns == null ? null : unique.find(place, row, null);
    if (byOther != null) {
      throw unique.duplicate(byOther, row);
    }
    writes.write(table, user, key, base, row);
    return null;
  }

  /**
   * A row with a key that one to be inserted has too.
   *
   * @param index the unique index both would be in; null: the primary key
   */
  public record ExistingRow(
      byte[] key,
      @Nullable RowVersion base,
      @Nullable Object[] row,
      @Nullable IndexDefinition index) {}

  /** Adds a row, or fails with 23505. */
  public void insert(@Nullable Object[] row) {
    ExistingRow inTheWay = tryInsert(row, null);
    if (inTheWay != null) {
      throw unique.duplicate(inTheWay, row);
    }
  }

  /**
   * A row of a scan of this transaction and what it becomes.
   *
   * @param base where the scan found it
   * @param updated a value for each column; kept
   */
  public record RowUpdate(RowVersion base, @Nullable Object[] updated) {}

  /**
   * Replaces rows, no two alike. Keys are free for others once all rows have left theirs, so rows
   * may move to each other's places.
   */
  public void update(List<RowUpdate> updates) {
    List<RowUpdate> moved = new ArrayList<>();
    for (RowUpdate update : updates) {
      check(update.updated());
      byte[] key = RowKeys.rowKey(table, user, update.base().values());
      if (unique.hasSameKeys(key, update.base().values(), update.updated())) {
        writes.change(table, user, key, update.base(), update.updated());
      } else {
        writes.change(table, user, key, update.base(), null);
        moved.add(update);
      }
    }
    for (RowUpdate update : moved) {
      ExistingRow inTheWay = place(update.updated(), null);
      if (inTheWay != null) {
        throw unique.duplicate(inTheWay, update.updated());
      }
    }
    if (observer != null) {
      for (RowUpdate update : updates) {
        observer.changed(user, update.base().values(), update.updated());
      }
    }
  }

  /** What tells a row apart from others within the statement. */
  public ByteKey identityOf(RowVersion row) {
    return new ByteKey(
        table.type() == TableType.STREAM
            ? eventKey(row)
            : RowKeys.rowKey(table, user, row.values()));
  }

  private byte[] eventKey(RowVersion event) {
    return EventKeys.eventKey(
        table.number(), owner(), event.segment(), event.seq(), (int) event.segmentRow());
  }

  /** Deletes a row that a scan of this transaction returned. */
  public void delete(RowVersion base) {
    if (table.type() == TableType.STREAM) {
      writes.write(
          base.seq() == 0
              ? EventWrite.takeBack(table, owner(), base.values(), (int) base.segmentRow())
              : EventWrite.delete(table, owner(), eventKey(base), base.values(), base.seq()));
      return;
    }
    writes.change(table, user, RowKeys.rowKey(table, user, base.values()), base, null);
    if (observer != null) {
      observer.changed(user, base.values(), null);
    }
  }

  private UserId owner() {
    UserId owner = user;
    if (owner == null) {
      throw new IllegalStateException("Table " + table.id() + " has a partition per user");
    }
    return owner;
  }

  /** Computes generated columns, in the row itself, and holds the row to the table's rules. */
  private void check(@Nullable Object[] row) {
    if (!rules.generated().isEmpty()) {
      @Nullable Object[] layout = Arrays.copyOf(row, row.length + 2);
      for (TableRules.Generated generated : rules.generated()) {
        row[generated.column()] = generated.expression().evaluate(layout);
      }
    }
    List<ColumnSchema> columns = schema.columns();
    for (int i = 0; i < row.length; i++) {
      Object value = row[i];
      ColumnSchema column = columns.get(i);
      if (value == null) {
        if (!column.nullable()) {
          throw new KalamException(
              ErrorCode.NOT_NULL_VIOLATION,
              "null value in column \""
                  + column.name()
                  + "\" of relation \""
                  + table.id().name()
                  + "\" violates not-null constraint");
        }
      } else if (value instanceof String text) {
        Utf8.check(text);
      }
    }
    if (!rules.checks().isEmpty()) {
      @Nullable Object[] layout = Arrays.copyOf(row, row.length + 2);
      for (TableRules.Check rule : rules.checks()) {
        if (Boolean.FALSE.equals(rule.condition().evaluate(layout))) {
          throw new KalamException(
              ErrorCode.CHECK_VIOLATION,
              "new row for relation \""
                  + table.id().name()
                  + "\" violates check constraint \""
                  + rule.name()
                  + "\"");
        }
      }
    }
  }
}

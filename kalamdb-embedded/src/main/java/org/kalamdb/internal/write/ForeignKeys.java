package org.kalamdb.internal.write;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.ForeignKey.Action;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.KeyReference;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.write.TableWriter.RowObserver;
import org.kalamdb.internal.write.TableWriter.RowUpdate;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * The foreign keys of one statement: notes which rows came, changed and went, and at the end first
 * carries out referential actions, which may note more, and then checks both sides. What the
 * statement relied on is left with the transaction, whose commit looks again.
 */
final class ForeignKeys {
  private final CatalogSnapshot catalog;
  private final WriteSet writes;
  private final BiFunction<TableDefinition, @Nullable UserId, TableWriter> writers;
  private final ReferencedRows referenced;
  private final RowFinder finder;
  private final OwnChildren own;
  private final Deque<RowChange> changes = new ArrayDeque<>();
  private final List<Left> left = new ArrayList<>();
  private final List<Arrived> arrived = new ArrayList<>();

  ForeignKeys(
      CatalogSnapshot catalog,
      WriteSet writes,
      RowFinder finder,
      BiFunction<TableDefinition, @Nullable UserId, TableWriter> writers) {
    this.catalog = catalog;
    this.writes = writes;
    this.finder = finder;
    this.writers = writers;
    this.referenced = new ReferencedRows(writes, finder);
    this.own = new OwnChildren(writes);
  }

  /** One row of the statement before and after; either may be missing. */
  private record RowChange(
      TableDefinition table,
      @Nullable UserId user,
      @Nullable Object @Nullable [] before,
      @Nullable Object @Nullable [] after) {}

  /** A key that no row may refer to, unless another row has it now. */
  private record Left(Reference reference, RowChange parent, List<Object> values) {}

  /** A row that refers to a key, which must be there. */
  private record Arrived(
      TableDefinition table, @Nullable UserId user, ForeignKey key, @Nullable Object[] row) {}

  /** Who is to be told of a table's rows; null if no foreign key is about them. */
  @Nullable RowObserver observe(TableDefinition table) {
    boolean concerned =
        !table.constraints().foreignKeys().isEmpty()
            || !catalog.references(table.number()).isEmpty();
    return concerned
        ? (user, before, after) -> note(new RowChange(table, user, before, after))
        : null;
  }

  private void note(RowChange change) {
    changes.add(change);
    if (change.after() != null) {
      own.written(change.table(), change.user(), change.after());
    }
  }

  void finish() {
    while (!changes.isEmpty()) {
      RowChange change = changes.remove();
      if (change.after() != null) {
        noteArrival(change, change.after());
      }
      if (change.before() != null) {
        for (Reference reference : catalog.references(change.table().number())) {
          act(reference, change, change.before());
        }
      }
    }
    left.forEach(this::checkLeft);
    arrived.forEach(this::checkArrived);
    left.clear();
    arrived.clear();
  }

  private void noteArrival(RowChange change, @Nullable Object[] after) {
    TableSchema schema = change.table().schema();
    for (ForeignKey key : change.table().constraints().foreignKeys()) {
      List<Object> values = KeyValues.of(schema, key.columns(), after);
      List<Object> old =
          change.before() == null ? null : KeyValues.of(schema, key.columns(), change.before());
      if (values != null && !values.equals(old)) {
        arrived.add(new Arrived(change.table(), change.user(), key, after));
      }
    }
  }

  // ---- the referenced side

  private void act(Reference reference, RowChange parent, @Nullable Object[] before) {
    ForeignKey key = reference.key();
    TableSchema schema = parent.table().schema();
    List<Object> old = KeyValues.of(schema, key.referenced(), before);
    List<Object> now =
        parent.after() == null ? null : KeyValues.of(schema, key.referenced(), parent.after());
    if (old == null || old.equals(now)) {
      return;
    }
    List<Object> values = KeyValues.in(reference.table().schema(), key.columns(), old);
    if (values == null) {
      return;
    }
    Action action = parent.after() == null ? key.onDelete() : key.onUpdate();
    if (action == Action.RESTRICT) {
      if (!children(reference, parent.user(), values).isEmpty()) {
        throw stillReferenced(reference, parent.table(), values);
      }
    } else if (action != Action.NO_ACTION) {
      for (Child child : children(reference, parent.user(), values)) {
        change(reference, child, action, parent, now);
      }
    }
    left.add(new Left(reference, parent, values));
  }

  private void change(
      Reference reference,
      Child child,
      Action action,
      RowChange parent,
      @Nullable List<Object> now) {
    TableDefinition table = reference.table();
    TableWriter writer = writers.apply(table, child.user());
    if (action == Action.CASCADE && parent.after() == null) {
      writer.delete(child.version());
      return;
    }
    List<Integer> columns = reference.key().columns();
    List<Object> moved =
        action == Action.CASCADE && now != null ? KeyValues.in(table.schema(), columns, now) : null;
    if (action == Action.CASCADE && now != null && moved == null) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
          "a key of table \""
              + parent.table().id().name()
              + "\" is out of range for table \""
              + table.id().name()
              + "\"");
    }
    @Nullable Object[] updated = child.version().values().clone();
    for (int i = 0; i < columns.size(); i++) {
      int position = table.schema().positionOf(columns.get(i));
      updated[position] =
          moved != null
              ? moved.get(i)
              : action == Action.SET_DEFAULT ? writer.defaultOf(position) : null;
    }
    writer.update(List.of(new RowUpdate(child.version(), updated)));
  }

  /** A row that refers to another, as the transaction has it now. */
  private record Child(@Nullable UserId user, RowVersion version) {}

  /** The rows that refer to a key, in the partitions that the foreign key reaches. */
  private List<Child> children(
      Reference reference, @Nullable UserId parentUser, List<Object> values) {
    TableDefinition table = reference.table();
    IndexDefinition index =
        Objects.requireNonNull(table.constraints().index(reference.key().index()));
    List<Child> children = new ArrayList<>();
    for (byte[] rowKey : finder.rowsWith(table, index, parentUser, values)) {
      if (writes.find(rowKey) == null) {
        UserId user = RowKeys.userOf(rowKey);
        RowVersion version = finder.find(table, user, rowKey);
        if (version != null && !version.deleted()) {
          children.add(new Child(user, version));
        }
      }
    }
    for (byte[] rowKey : own.find(reference, values)) {
      RowWrite write = writes.find(rowKey);
      @Nullable Object @Nullable [] row = write == null ? null : write.newRow();
      UserId user = RowKeys.userOf(rowKey);
      boolean reached = index.spansUsers() || Objects.equals(user, parentUser);
      if (row != null
          && reached
          && values.equals(KeyValues.of(table.schema(), reference.key().columns(), row))) {
        children.add(new Child(user, versionOf(rowKey, row)));
      }
    }
    return children;
  }

  private RowVersion versionOf(byte[] rowKey, @Nullable Object[] row) {
    RowWrite write = writes.find(rowKey);
    RowVersion base = write == null ? null : write.base();
    return base == null
        ? new RowVersion(0, false, 0, 0, row)
        : new RowVersion(base.seq(), false, base.segment(), base.segmentRow(), row);
  }

  private void checkLeft(Left gone) {
    Reference reference = gone.reference();
    ForeignKey key = reference.key();
    RowChange parent = gone.parent();
    List<Object> theirs =
        Objects.requireNonNull(
            KeyValues.of(
                parent.table().schema(),
                key.referenced(),
                Objects.requireNonNull(parent.before())));
    if (referenced.find(parent.table(), parent.user(), key, theirs) != null) {
      return;
    }
    if (!children(reference, parent.user(), gone.values()).isEmpty()) {
      throw stillReferenced(reference, parent.table(), gone.values());
    }
    IndexDefinition index =
        Objects.requireNonNull(reference.table().constraints().index(key.index()));
    writes.rely(
        new KeyReference.Released(
            RowKeys.rowKey(parent.table(), parent.user(), parent.before()),
            reference.table(),
            parent.user(),
            index,
            key,
            gone.values()));
  }

  private static KalamException stillReferenced(
      Reference reference, TableDefinition parent, List<Object> values) {
    return new KalamException(
        ErrorCode.FOREIGN_KEY_VIOLATION,
        "update or delete on table \""
            + parent.id().name()
            + "\" violates foreign key constraint \""
            + reference.key().name()
            + "\" on table \""
            + reference.table().id().name()
            + "\": key "
            + keyText(parent.schema(), reference.key().referenced(), values)
            + " is still referenced from table \""
            + reference.table().id().name()
            + "\"");
  }

  // ---- the referring side

  private void checkArrived(Arrived child) {
    ForeignKey key = child.key();
    TableSchema schema = child.table().schema();
    RowWrite write = writes.find(RowKeys.rowKey(child.table(), child.user(), child.row()));
    @Nullable Object @Nullable [] row = write == null ? null : write.newRow();
    List<Object> values = KeyValues.of(schema, key.columns(), child.row());
    if (row == null || values == null || !values.equals(KeyValues.of(schema, key.columns(), row))) {
      return; // Changed again by the statement, and noted again.
    }
    TableDefinition parent = Objects.requireNonNull(catalog.table(key.table()));
    if (parent.number() == child.table().number()) {
      parent = child.table();
    }
    KeyReference.Needed needed =
        referenced.requireParent(child.table(), child.user(), key, parent, row);
    if (needed != null) {
      writes.rely(needed);
    }
  }

  static KalamException missing(
      TableDefinition table, ForeignKey key, TableDefinition parent, List<Object> values) {
    return new KalamException(
        ErrorCode.FOREIGN_KEY_VIOLATION,
        "insert or update on table \""
            + table.id().name()
            + "\" violates foreign key constraint \""
            + key.name()
            + "\": key "
            + keyText(table.schema(), key.columns(), values)
            + " is not present in table \""
            + parent.id().name()
            + "\"");
  }

  private static String keyText(TableSchema schema, List<Integer> columnIds, List<Object> values) {
    StringJoiner names = new StringJoiner(", ", "(", ")");
    StringJoiner texts = new StringJoiner(", ", "(", ")");
    for (int i = 0; i < values.size(); i++) {
      names.add(schema.columnWithId(columnIds.get(i)).name());
      texts.add(String.valueOf(values.get(i)));
    }
    return names + "=" + texts;
  }
}

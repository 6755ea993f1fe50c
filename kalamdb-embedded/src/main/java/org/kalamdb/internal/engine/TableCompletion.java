package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogCodec;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CheckConstraint;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.hot.IndexStore;
import org.kalamdb.internal.storage.hot.KeyReference;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.txn.IndexEntries;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.internal.write.ReferencedRows;
import org.kalamdb.internal.write.RowExpression;
import org.kalamdb.schema.UserId;

/**
 * Makes ready what a statement added to a table with rows in it. New rows are held to it already;
 * here the others are looked at, in a snapshot that came after, while writers go on: rows are
 * entered into indexes, and held to CHECKs and foreign keys. If one does not fit, or the process
 * ends before, what was added goes again.
 */
final class TableCompletion {
  private final Engine engine;
  private final TableDefinition table;

  /**
   * @param table as committed, with what is not ready
   */
  TableCompletion(Engine engine, TableDefinition table) {
    this.engine = engine;
    this.table = table;
  }

  /** Looks at all rows; leaves the table without the addition if that fails. */
  void run() {
    run(TableDefinition::asReady);
  }

  /** The same with another change of the table for the end. */
  void run(UnaryOperator<TableDefinition> finish) {
    try {
      try (ReadView view = engine.pipeline().acquireView()) {
        for (UserRef partition : partitions(view)) {
          completePartition(view, partition.user());
        }
      }
      commit(finish);
    } catch (RuntimeException | Error e) {
      try {
        commit(TableCompletion::withoutUnready);
      } catch (RuntimeException undo) {
        e.addSuppressed(undo);
      }
      throw e;
    }
  }

  /**
   * The same for a table that a transaction has altered: looks at all rows as it sees them. Entries
   * of committed rows are left with the transaction, for COMMIT to write.
   *
   * @throws KalamException if a row does not fit; the transaction is spoilt then
   */
  void run(SessionTransaction transaction) {
    List<IndexDefinition> indexes =
        table.constraints().indexes().stream()
            .filter(index -> !index.ready() && index.isSorted())
            .toList();
    indexes.forEach(index -> transaction.drafted().begin(table, index));
    Source rows = sourceOf(transaction);
    EvaluationContext evaluation = EvaluationContext.builder(engine.ids()).build();
    for (UserRef partition : partitions(transaction)) {
      UserId user = partition.user();
      try (RowEvaluators evaluators = new RowEvaluators(evaluation, engine.allocator())) {
        List<Consumer<@Nullable Object[]>> checks = checks(rows, evaluators, user);
        forEachBatch(
            rows,
            user,
            batch -> {
              for (@Nullable Object[] row : batch) {
                indexes.forEach(index -> enter(transaction, index, user, row));
                checks.forEach(check -> check.accept(row));
              }
            });
      }
    }
  }

  /** Tells each row of the table as the transaction sees it, and whose it is. */
  void forEachRow(
      SessionTransaction transaction, BiConsumer<@Nullable UserId, @Nullable Object[]> each) {
    Source rows = sourceOf(transaction);
    for (UserRef partition : partitions(transaction)) {
      forEachBatch(
          rows,
          partition.user(),
          batch -> batch.forEach(row -> each.accept(partition.user(), row)));
    }
  }

  private static Source sourceOf(SessionTransaction transaction) {
    return new Source(
        transaction.view(), transaction.catalog(), transaction.writes(), transaction.drafted());
  }

  private Set<UserRef> partitions(SessionTransaction transaction) {
    Set<UserRef> partitions = new LinkedHashSet<>(partitions(transaction.view()));
    transaction.writes().rows().stream()
        .filter(write -> write.table().number() == table.number())
        .forEach(write -> partitions.add(new UserRef(write.user())));
    return partitions;
  }

  private void enter(
      SessionTransaction transaction,
      IndexDefinition index,
      @Nullable UserId user,
      @Nullable Object[] row) {
    byte[] rowKey = RowKeys.rowKey(table, user, row);
    boolean own = transaction.writes().find(rowKey) != null;
    byte[] before = own ? null : transaction.drafted().add(table, index, user, rowKey, row);
    byte[] uniqueKey = index.unique() ? IndexKeys.uniqueKey(table, index, rowKey, row) : null;
    if (uniqueKey != null) {
      byte[] claimant = transaction.writes().claimant(uniqueKey);
      if (before != null || (claimant != null && !Arrays.equals(claimant, rowKey))) {
        throw new KalamException(
            ErrorCode.UNIQUE_VIOLATION,
            "could not create unique index \"" + index.name() + "\": a key is there twice");
      }
    }
  }

  /** What the rows to look at are read from. */
  private record Source(
      ReadView view, CatalogSnapshot catalog, WriteSet pending, DraftedEntries drafted) {
    static Source committed(ReadView view) {
      return new Source(view, view.catalog(), new WriteSet(), new DraftedEntries(0));
    }
  }

  /** Whose partition; null for a shared table's. */
  private record UserRef(@Nullable UserId user) {}

  private List<UserRef> partitions(ReadView view) {
    List<UserRef> partitions = new ArrayList<>();
    engine
        .tables()
        .visitPartitions(table, view.snapshot(), user -> partitions.add(new UserRef(user)));
    return partitions;
  }

  private void completePartition(ReadView view, @Nullable UserId user) {
    List<IndexDefinition> indexes =
        table.constraints().indexes().stream().filter(index -> !index.ready()).toList();
    EvaluationContext evaluation = EvaluationContext.builder(engine.ids()).build();
    try (RowEvaluators evaluators = new RowEvaluators(evaluation, engine.allocator())) {
      Source source = Source.committed(view);
      List<Consumer<@Nullable Object[]>> checks = checks(source, evaluators, user);
      forEachBatch(
          source,
          user,
          rows -> {
            rows.forEach(row -> checks.forEach(check -> check.accept(row)));
            if (!indexes.isEmpty()) {
              engine.commit(
                  new IndexEntries(
                      table, indexes, user, rows, view.seq(), engine.tables(), engine.pipeline()));
            }
          });
    }
  }

  private List<Consumer<@Nullable Object[]>> checks(
      Source source, RowEvaluators evaluators, @Nullable UserId user) {
    List<Consumer<@Nullable Object[]>> checks = new ArrayList<>();
    for (CheckConstraint check : table.constraints().checks()) {
      if (!check.ready()) {
        Expression condition = Binder.ofStoredExpressions().bindCheck(check.sql(), table.schema());
        RowExpression evaluated = evaluators.overRow(condition);
        checks.add(row -> requireTrue(check, evaluated, row));
      }
    }
    for (ForeignKey key : table.constraints().foreignKeys()) {
      if (!key.ready()) {
        checks.add(row -> requireReferenced(key, user, source, row));
      }
    }
    return checks;
  }

  private void requireReferenced(
      ForeignKey key, @Nullable UserId user, Source source, @Nullable Object[] row) {
    TableDefinition parent = Objects.requireNonNull(source.catalog().table(key.table()));
    TableSnapshot snapshot =
        new TableSnapshot(
            engine.tables(), source.view().snapshot(), source.view().seq(), 0, source.pending());
    KeyReference needed =
        new ReferencedRows(source.pending(), new SnapshotRows(snapshot, source.drafted()))
            .requireParent(table, user, key, parent, row);
    if (needed != null) {
      source.pending().rely(needed);
    }
  }

  private void requireTrue(CheckConstraint check, RowExpression condition, @Nullable Object[] row) {
    @Nullable Object[] layout = Arrays.copyOf(row, row.length + 2);
    if (Boolean.FALSE.equals(condition.evaluate(layout))) {
      throw new KalamException(
          ErrorCode.CHECK_VIOLATION,
          "check constraint \""
              + check.name()
              + "\" of relation \""
              + table.id().name()
              + "\" is violated by some row");
    }
  }

  private void forEachBatch(
      Source source, @Nullable UserId user, Consumer<List<@Nullable Object[]>> each) {
    List<Integer> columns = new ArrayList<>();
    for (int i = 0; i < table.schema().columns().size(); i++) {
      columns.add(i);
    }
    ScanRequest request =
        new ScanRequest(
            table,
            user,
            columns,
            List.of(KeyRange.ALL),
            List.of(),
            ScanRequest.Order.ANY,
            false,
            Long.MAX_VALUE);
    try (BufferAllocator allocator =
            engine
                .allocator()
                .newChildAllocator("table completion", 0, engine.options().queryMemoryBytes());
        BatchSource scan =
            engine
                .tables()
                .scan(
                    source.view().snapshot(),
                    source.view().seq(),
                    engine.options().clock().millis(),
                    source.pending(),
                    request,
                    allocator)) {
      for (RecordBatch batch = scan.next(); batch != null; batch = scan.next()) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        try (RecordBatch current = batch) {
          for (int i = 0; i < current.selection().size(); i++) {
            rows.add(Rows.read(current, current.selection().get(i)));
          }
        }
        each.accept(rows);
      }
    }
  }

  private void commit(UnaryOperator<TableDefinition> change) {
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              TableDefinition newest = catalog.table(table.number());
              return newest == null ? catalog : replaced(catalog, batch, newest, change);
            },
            seq -> {}));
  }

  private static CatalogSnapshot replaced(
      CatalogSnapshot catalog,
      KvWriteBatch batch,
      TableDefinition newest,
      UnaryOperator<TableDefinition> change) {
    TableDefinition changed = change.apply(newest);
    dropMissingIndexes(batch, newest, changed);
    batch.put(KeyFamily.CATALOG, CatalogKeys.table(changed.number()), CatalogCodec.encode(changed));
    return catalog.withTable(changed);
  }

  /** Adds the deletion of the entries of indexes that the changed definition has no more. */
  static void dropMissingIndexes(
      KvWriteBatch batch, TableDefinition before, TableDefinition after) {
    for (IndexDefinition index : before.constraints().indexes()) {
      if (after.constraints().index(index.number()) == null) {
        IndexStore.addDropTo(batch, before.number(), index.number());
      }
    }
  }

  private static TableDefinition withoutUnready(TableDefinition table) {
    TableConstraints left = table.constraints().onlyReady();
    return table.withConstraints(left);
  }

  /** At open: takes away what a statement had not finished when the process ended. */
  static CatalogSnapshot sweep(
      KeyValueStore store, CatalogSnapshot catalog, Consumer<TableDefinition> undone) {
    CatalogSnapshot swept = catalog;
    KvWriteBatch batch = new KvWriteBatch();
    for (TableDefinition table : catalog.tables()) {
      if (!table.constraints().isReady()) {
        swept = replaced(swept, batch, table, TableCompletion::withoutUnready);
        undone.accept(table);
      }
    }
    if (!batch.isEmpty()) {
      store.write(batch, true);
    }
    return swept;
  }
}

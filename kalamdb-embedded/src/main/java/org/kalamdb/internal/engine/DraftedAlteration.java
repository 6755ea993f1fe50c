package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.CheckConstraint;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.ddl.TableAlteration;
import org.kalamdb.internal.sql.ddl.TableRedefinition;
import org.kalamdb.internal.sql.ddl.TableRedefinition.Redefined;
import org.kalamdb.internal.sql.parse.AlterAction;
import org.kalamdb.internal.sql.parse.CatalogStatement.AlterTable;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateIndex;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.write.RowExpression;
import org.kalamdb.internal.write.StatementWrites;
import org.kalamdb.internal.write.TableWriter;
import org.kalamdb.schema.TableId;

/**
 * ALTER TABLE and CREATE INDEX as part of a transaction. The statements that follow see the table
 * as altered, the transaction's own rows in it; COMMIT changes the definition in the batch of the
 * rows, if the table is still as the transaction found it (40001 otherwise). What looks at all rows
 * looks at those the transaction sees, so nobody else may have written any. A change that rows
 * cannot be read through makes a new table of their copies in place of the old one.
 */
final class DraftedAlteration {
  private final Engine engine;
  private final SessionTransaction transaction;

  /**
   * @param transaction whose statements see each other's writes
   */
  DraftedAlteration(Engine engine, SessionTransaction transaction) {
    this.engine = engine;
    this.transaction = transaction;
  }

  void alter(AlterTable statement, SearchPath path) {
    transaction.checkWritable("ALTER TABLE");
    TableId id = path.idOf(statement.name(), transaction.catalog());
    for (AlterAction action : statement.actions()) {
      TableDefinition table = transaction.catalog().table(id);
      if (table == null) {
        if (statement.ifExists()) {
          return;
        }
        throw undefined(statement.name());
      }
      apply(table, action, statement.name().position());
      if (action instanceof AlterAction.RenameTable rename) {
        id = new TableId(id.namespace(), rename.newName().name());
      }
    }
  }

  void createIndex(CreateIndex statement, SearchPath path) {
    transaction.checkWritable("CREATE INDEX");
    TableDefinition changed = IndexExecutor.withIndex(statement, path, transaction.catalog());
    if (changed != null) {
      TableDefinition table = transaction.catalog().table(changed.number());
      if (table == null) {
        throw undefined(statement.table());
      }
      complete(table, changed, statement.position());
    }
  }

  private static KalamException undefined(ObjectName name) {
    return name.position()
        .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
  }

  private void apply(TableDefinition table, AlterAction action, Position place) {
    CatalogSnapshot catalog = transaction.catalog();
    TableRows rows = new TableRows(engine, table, transaction);
    if (!TableAlteration.isInPlace(catalog, table, action, rows)) {
      rewrite(table, TableRedefinition.apply(catalog, table, action, rows), rows, place);
    } else if (action instanceof AlterAction.SetNotNull set && set.notNull()) {
      setNotNull(table, set, rows, place);
    } else if (AlterTableExecutor.looksAtRows(action)) {
      TableConstraints with = AlterTableExecutor.with(action, catalog, table);
      complete(table, table.withConstraints(with), place);
    } else {
      TableDefinition after = TableAlteration.apply(catalog, table, action, rows);
      if (AlterTableExecutor.namesStorage(action)) {
        checkSettled(table);
        stage(table, after, rows, place);
      } else {
        replace(table, after, rows, place);
      }
    }
  }

  // ---- in place

  /** Stages the change; rows of the transaction follow it. */
  private void replace(
      TableDefinition before, TableDefinition after, TableRows rows, Position place) {
    checkSettled(before);
    if (!after.equals(before)) {
      stage(before, after, rows, place);
    }
  }

  private void stage(
      TableDefinition before, TableDefinition after, TableRows rows, Position place) {
    transaction.stage(
        new CatalogStep(
            (catalog, batch) -> {
              checkUnchanged(before, catalog);
              rows.checkAgain(transaction.view().seq());
              CatalogSnapshot next = AlterTableExecutor.replaced(catalog, batch, before, after);
              AlteredViews.check(catalog, next, before, place);
              return next;
            },
            seq -> {},
            seq -> engine.streams().altered(before, after)));
  }

  /** The same with something that all rows are to be looked at for. */
  private void complete(TableDefinition before, TableDefinition after, Position place) {
    TableRows rows = new TableRows(engine, before, transaction);
    rows.mustStayUnwritten();
    replace(before, withoutWaiting(after), rows, place);
    // Looked at under the altered definition, whose indexes the look-up of keys needs.
    new TableCompletion(engine, after).run(transaction);
  }

  /** CHECKs and foreign keys hold once the statement is done; indexes are ready at COMMIT. */
  private static TableDefinition withoutWaiting(TableDefinition after) {
    TableConstraints constraints = after.constraints();
    return new TableDefinition(
        after.number(),
        after.id(),
        after.type(),
        after.revision(),
        after.schemas(),
        constraints.asReady().withIndexes(constraints.indexes()),
        after.options());
  }

  private void setNotNull(
      TableDefinition table, AlterAction.SetNotNull set, TableRows rows, Position place) {
    TableDefinition after = TableAlteration.apply(transaction.catalog(), table, set, rows);
    rows.mustStayUnwritten();
    replace(table, after, rows, place);
    String column = set.column().name();
    String name = table.id().name() + "_" + column + "_not_null";
    String sql = '"' + column.replace("\"", "\"\"") + "\" IS NOT NULL";
    int id = after.schema().column(after.schema().indexOf(column)).id();
    TableDefinition checked =
        after.withConstraints(
            after.constraints().plus(new CheckConstraint(name, sql, List.of(id), false)));
    try {
      new TableCompletion(engine, checked).run(transaction);
    } catch (KalamException e) {
      throw e.code() == ErrorCode.CHECK_VIOLATION
          ? TableAlteration.containsNulls(table, column, set.column().position())
          : e;
    }
  }

  // ---- written anew

  private void rewrite(
      TableDefinition before, Redefined redefined, TableRows rows, Position place) {
    checkSettled(before);
    rows.mustStayUnwritten();
    if (rows.liveQueries() > 0) {
      throw place
          .error(
              ErrorCode.OBJECT_IN_USE,
              "cannot alter table \"" + before.id().name() + "\" so: live queries are open on it")
          .withHint("Close them first.");
    }
    Map<Integer, Integer> numbers = Map.of(before.number(), engine.ddl().reserveTableNumber());
    // All its rows are the transaction's own, so that no index has anything to wait for.
    TableDefinition after = TruncateExecutor.withNumbers(redefined.table(), numbers).asReady();
    transaction.stage(replacement(before, after, numbers, rows, place));
    transaction.beginWrite();
    copy(before, after, redefined.values());
  }

  private CatalogStep replacement(
      TableDefinition before,
      TableDefinition after,
      Map<Integer, Integer> numbers,
      TableRows rows,
      Position place) {
    Map<TableDefinition, List<String>> files = new HashMap<>();
    return new CatalogStep(
        (catalog, batch) -> {
          checkUnchanged(before, catalog);
          rows.checkAgain(transaction.view().seq());
          files.clear();
          batch.delete(KeyFamily.CATALOG, CatalogKeys.table(before.number()));
          engine.ddl().addDrop(batch, before, files);
          CatalogSnapshot next =
              ForeignKeyChanges.put(catalog.withoutTable(before.id()), batch, after);
          for (Reference reference : catalog.references(before.number())) {
            TableDefinition referring = next.table(reference.table().number());
            if (referring != null) {
              next =
                  ForeignKeyChanges.put(
                      next, batch, TruncateExecutor.withNumbers(referring, numbers).nextRevision());
            }
          }
          next = ForeignKeyChanges.touchReferenced(next, batch, after);
          AlteredViews.check(catalog, next, before, place);
          return next;
        },
        seq -> engine.tables().cold().dropped(before, seq),
        seq -> engine.ddl().finishDrops(List.of(before), files, seq));
  }

  /** Rows come from the snapshot and what was written before, so the copies are not met again. */
  private void copy(
      TableDefinition before, TableDefinition after, List<@Nullable Expression> values) {
    EvaluationContext evaluation =
        EvaluationContext.builder(engine.ids())
            .statementTime(engine.options().clock().instant())
            .build();
    TableSnapshot snapshot =
        new TableSnapshot(
            engine.tables(),
            transaction.view().snapshot(),
            transaction.view().seq(),
            evaluation.statementTime().toEpochMilli(),
            transaction.writes());
    try (RowEvaluators evaluators = new RowEvaluators(evaluation, engine.allocator())) {
      StatementWrites writes =
          new StatementWrites(
              transaction.catalog(),
              transaction.writes(),
              new SnapshotRows(snapshot, transaction.drafted()),
              changed -> BoundRules.bind(changed).prepare(evaluators));
      List<@Nullable RowExpression> sources = new ArrayList<>();
      for (Expression value : values) {
        sources.add(value == null ? null : evaluators.overRow(value));
      }
      new TableCompletion(engine, before)
          .forEachRow(
              transaction,
              (user, old) -> {
                TableWriter writer = writes.writer(after, user);
                @Nullable Object[] layout = Arrays.copyOf(old, old.length + 2);
                @Nullable Object[] row = new @Nullable Object[sources.size()];
                for (int i = 0; i < row.length; i++) {
                  RowExpression source = sources.get(i);
                  row[i] = source == null ? writer.defaultOf(i) : source.evaluate(layout);
                }
                writer.insert(row);
              });
      writes.finish();
    }
  }

  // ---- conflicts

  /** A table that another statement is about to complete is not for a transaction to alter. */
  private void checkSettled(TableDefinition table) {
    TableConstraints constraints = table.constraints();
    boolean settled =
        constraints.checks().stream().allMatch(CheckConstraint::ready)
            && constraints.foreignKeys().stream().allMatch(ForeignKey::ready)
            && constraints.indexes().stream()
                .allMatch(index -> index.ready() || transaction.drafted().has(table, index));
    if (!settled) {
      throw changed(table);
    }
  }

  private static void checkUnchanged(TableDefinition before, CatalogSnapshot catalog) {
    if (!before.equals(catalog.table(before.id()))) {
      throw changed(before);
    }
  }

  private static KalamException changed(TableDefinition table) {
    return new KalamException(
        ErrorCode.SERIALIZATION_FAILURE,
        "could not serialize access: table " + table.id() + " was changed or dropped meanwhile");
  }
}

package org.kalamdb.internal.engine;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.live.LiveQueries;
import org.kalamdb.internal.sql.ddl.TableAlteration;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.row.Widening;
import org.kalamdb.schema.DataType;

/**
 * A table's rows as of now, and in a transaction its own. Remembers what it told, for COMMIT to
 * find out whether it is true still.
 */
final class TableRows implements TableAlteration.Rows {
  private final Engine engine;
  private final TableDefinition table;
  private final @Nullable SessionTransaction transaction;
  private boolean mustStayUnwritten;
  private boolean saidNoLiveQueries;
  private final Set<Integer> saidUnused = new HashSet<>();

  TableRows(Engine engine, TableDefinition table, @Nullable SessionTransaction transaction) {
    this.engine = engine;
    this.table = table;
    this.transaction = transaction;
  }

  @Override
  public boolean exist() {
    boolean exist = hasOwn() || isStored();
    mustStayUnwritten |= !exist;
    return exist;
  }

  private boolean isStored() {
    try (KvSnapshot now = engine.store().snapshot()) {
      return engine.tables().hasRows(table, now);
    }
  }

  private boolean hasOwn() {
    return transaction != null
        && transaction.writes().rows().stream()
            .anyMatch(write -> write.table().number() == table.number());
  }

  @Override
  public int liveQueries() {
    int open = engine.liveQueries().openSubscriptionsOn(table.number());
    saidNoLiveQueries |= open == 0;
    return open;
  }

  @Override
  public int liveQueriesUsing(int columnId) {
    int open = engine.liveQueries().openSubscriptionsOn(table.number(), columnId);
    if (open == 0) {
      saidUnused.add(columnId);
    }
    return open;
  }

  /** All rows of the transaction's snapshot were looked at: no others may come before COMMIT. */
  void mustStayUnwritten() {
    mustStayUnwritten = true;
  }

  /**
   * Refuses to go on if what was told is not true any more; call it under the commit lock.
   *
   * @throws KalamException 40001, or 55006 for a live query that was opened
   */
  void checkAgain(long readSeq) {
    boolean written =
        mustStayUnwritten && engine.pipeline().tableWrittenSince(table.number(), readSeq);
    if (written) {
      throw new KalamException(
          ErrorCode.SERIALIZATION_FAILURE,
          "could not serialize access: rows of table "
              + table.id()
              + ", which is altered, were written meanwhile");
    }
    LiveQueries live = engine.liveQueries();
    if ((saidNoLiveQueries && live.openSubscriptionsOn(table.number()) > 0)
        || saidUnused.stream().anyMatch(c -> live.openSubscriptionsOn(table.number(), c) > 0)) {
      throw new KalamException(
          ErrorCode.OBJECT_IN_USE,
          "cannot alter table \"" + table.id().name() + "\" so: live queries are open on it");
    }
  }

  private RowEvaluators evaluators() {
    EvaluationContext context =
        EvaluationContext.builder(engine.ids())
            .statementTime(engine.options().clock().instant())
            .build();
    return new RowEvaluators(context, engine.allocator());
  }

  @Override
  public @Nullable Object evaluate(Expression constant) {
    try (RowEvaluators evaluators = evaluators()) {
      return evaluators.constant(constant);
    }
  }

  @Override
  public boolean isFalse(Expression condition, @Nullable Object[] row) {
    try (RowEvaluators evaluators = evaluators()) {
      return Boolean.FALSE.equals(evaluators.overRow(condition).evaluate(row));
    }
  }

  @Override
  public Object widen(Object value, DataType from, DataType to) {
    return Widening.convert(value, from, to);
  }
}

package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.StatementOutline;
import org.kalamdb.schema.DataType;

/**
 * A live query kept true by operators with state: changes of its tables go into its {@link Source
 * sources}, {@link #advance} makes of them the changes of its result. Used by one thread at a time.
 */
public final class IncrementalQuery implements AutoCloseable {
  /** Rows that go through the operators together while they are loaded. */
  private static final int LOADED_AT_ONCE = 4_096;

  private final List<Source> sources;
  private final IncrementalOperator top;
  private final LiveResult result;

  /**
   * A table that the query looks at: which rows of it, and what of them. Expressions are over the
   * row layout of the table (all columns, {@code _seq}, {@code _deleted}).
   *
   * @param keyColumns positions of the primary key's columns; empty if there is none
   * @param load reads what {@code values} says of all rows, followed by the key
   * @param first as {@code load}, but the first rows in the query's order; null if they are not
   *     asked for
   */
  public record Source(
      TableDefinition table,
      @Nullable Expression filter,
      List<Expression> values,
      List<Integer> keyColumns,
      List<DataType> keyTypes,
      LogicalPlan load,
      @Nullable LogicalPlan first,
      InputRows rows) {
    public Source {
      values = List.copyOf(values);
      keyColumns = List.copyOf(keyColumns);
      keyTypes = List.copyOf(keyTypes);
    }

    /**
     * Takes note of what a transaction did to one row.
     *
     * @param key values of the key's columns
     * @param moved whether the row is there before and after, and only the filter took it or let it
     *     go
     */
    public void add(
        @Nullable Object[] key,
        @Nullable Object @Nullable [] oldValues,
        @Nullable Object @Nullable [] newValues,
        boolean moved) {
      rows.add(key, keyTypes, oldValues, newValues, moved);
    }

    private void addLoaded(@Nullable Object[] row) {
      @Nullable Object[] key = new Object[keyColumns.size()];
      System.arraycopy(row, values.size(), key, 0, key.length);
      @Nullable Object[] shown = new Object[values.size()];
      System.arraycopy(row, 0, shown, 0, shown.length);
      rows.add(key, keyTypes, null, shown, false);
    }
  }

  IncrementalQuery(List<Source> sources, IncrementalOperator top, LiveResult result) {
    this.sources = List.copyOf(sources);
    this.top = top;
    this.result = result;
  }

  public List<Source> sources() {
    return sources;
  }

  /**
   * Starts from the rows of one snapshot, of which {@code reader} is given plans to run.
   *
   * @param reader hands every row that a plan puts out to the consumer
   * @param maxBytes what operators and result may take on the way, by estimate
   * @throws StateTooLargeException if that is not enough; all rows are forgotten
   */
  public void load(
      BiConsumer<LogicalPlan, java.util.function.Consumer<@Nullable Object[]>> reader,
      long maxBytes) {
    clear();
    Loading loading = new Loading(maxBytes);
    boolean done = false;
    try {
      operators().forEach(operator -> operator.limit(loading.limit));
      // The right side of a join first: its left rows are then shown with their partners at once.
      for (int i = sources.size() - 1; i >= 0; i--) {
        Source source = sources.get(i);
        LogicalPlan first = source.first();
        reader.accept(
            first == null ? source.load() : first,
            row -> {
              source.addLoaded(row);
              loading.added();
            });
        loading.advance();
      }
      result.load(loading.net.toList());
      done = true;
    } finally {
      operators().forEach(operator -> operator.limit(null));
      if (!done) {
        clear();
      }
    }
  }

  private void clear() {
    operators().forEach(IncrementalOperator::clear);
    result.clear();
  }

  /** Rows on their way through the operators, some at a time, and what they came to so far. */
  private final class Loading {
    private final GrowthLimit limit;
    private final NetChanges net = new NetChanges();
    private int added;

    private Loading(long maxBytes) {
      limit = new GrowthLimit(maxBytes);
    }

    private void added() {
      if (++added == LOADED_AT_ONCE) {
        advance();
      }
    }

    private void advance() {
      added = 0;
      for (KeyedChange change : top.advance()) {
        net.change(change.key(), change.oldRow(), change.newRow());
      }
      limit.taken(stateBytes() + (long) net.size() * NetChanges.BYTES);
    }
  }

  /** What the transaction whose changes the sources were given did to the result. */
  public List<ResultChange> advance() {
    List<KeyedChange> changes = top.advance();
    return changes.isEmpty() ? List.of() : result.apply(changes);
  }

  /**
   * Whether the last {@link #advance} told nothing because rows are missing that only the table
   * has: {@link #refill} must follow before the next transaction.
   */
  public boolean isShort() {
    return result.isShort();
  }

  /**
   * Goes on after {@link #isShort}.
   *
   * @param reader as for {@link #load}, of a snapshot of now
   * @param later puts the changes of each transaction into the sources, that came after the short
   *     one and is in the snapshot; oldest first
   * @return what the short transaction did to the result; null if rows are still missing
   */
  public @Nullable List<ResultChange> refill(
      BiConsumer<LogicalPlan, java.util.function.Consumer<@Nullable Object[]>> reader,
      List<Runnable> later) {
    Source source = sources.get(0);
    LogicalPlan first = source.first();
    if (first == null || !(result instanceof OrderedResult ordered)) {
      throw new IllegalStateException("Only first rows of a table run short");
    }
    reader.accept(first, source::addLoaded);
    List<KeyedChange> rows = top.advance();
    List<List<KeyedChange>> commits = new ArrayList<>(later.size());
    for (Runnable commit : later) {
      commit.run();
      commits.add(top.advance());
    }
    List<ResultChange> changes = new ArrayList<>();
    return ordered.refill(rows, commits, changes) ? changes : null;
  }

  /** The present rows, in order if the query has one. */
  public List<@Nullable Object[]> rows() {
    return result.rows();
  }

  /** Estimated heap of all that is kept. */
  public long stateBytes() {
    long bytes = result.stateBytes();
    for (IncrementalOperator operator : operators()) {
      bytes += operator.stateBytes();
    }
    return bytes;
  }

  /** Result and operators with what they keep, for EXPLAIN. */
  public StatementOutline outline() {
    String keeps = "keeps: " + result.kept() + " rows, about " + result.stateBytes() + " bytes";
    return new StatementOutline(
        result.label(), "", List.of(keeps), List.of(), List.of(top.outline()));
  }

  private List<IncrementalOperator> operators() {
    List<IncrementalOperator> all = new ArrayList<>();
    collect(top, all);
    return all;
  }

  private static void collect(IncrementalOperator operator, List<IncrementalOperator> into) {
    into.add(operator);
    operator.inputs().forEach(input -> collect(input, into));
  }

  @Override
  public void close() {
    operators().forEach(IncrementalOperator::close);
    result.close();
  }
}

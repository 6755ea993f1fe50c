package org.kalamdb.internal.live.incremental;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.StatementOutline;

/**
 * A relation that is computed from others, and knows what a transaction changed in it from what the
 * transaction changed in those. Used by one thread at a time.
 */
abstract class IncrementalOperator implements AutoCloseable {
  /** Estimated heap of a map entry or a list's element. */
  static final int ENTRY_BYTES = 64;

  /** Estimated heap of a row, beside its values, which it mostly shares with others. */
  static final int ROW_BYTES = 24;

  /** Estimated heap of a value that is not shared. */
  static final int VALUE_BYTES = 16;

  /** Set while rows are loaded. */
  private @Nullable GrowthLimit limit;

  final void limit(@Nullable GrowthLimit to) {
    limit = to;
  }

  /**
   * To be called for what {@link #advance} makes that is more than what came in.
   *
   * @throws StateTooLargeException if the query is being loaded and must not take so much
   */
  final void spend(long bytes) {
    if (limit != null) {
      limit.spend(bytes);
    }
  }

  /**
   * What the transaction in hand changed, at most one change a key. Called once a transaction; the
   * operator's own state then includes it.
   */
  abstract List<KeyedChange> advance();

  abstract List<IncrementalOperator> inputs();

  /** What it does, for EXPLAIN. */
  abstract String label();

  /** What it keeps, for EXPLAIN; empty if nothing. */
  String kept() {
    return "";
  }

  /** It and its inputs, for EXPLAIN. */
  final StatementOutline outline() {
    List<String> details =
        kept().isEmpty()
            ? List.of()
            : List.of("keeps: " + kept() + ", about " + stateBytes() + " bytes");
    return new StatementOutline(
        label(),
        "",
        details,
        List.of(),
        inputs().stream().map(IncrementalOperator::outline).toList());
  }

  /** Estimated heap of what it keeps, without its inputs. */
  long stateBytes() {
    return 0;
  }

  /** Forgets all rows. */
  void clear() {}

  /** Frees what evaluating needs; not its inputs. */
  @Override
  public void close() {}
}

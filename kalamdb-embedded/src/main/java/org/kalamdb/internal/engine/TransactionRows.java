package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.system.SystemTables;
import org.kalamdb.schema.Interval;
import org.kalamdb.schema.UserId;

/** The rows of {@code system.transactions}, by number. */
final class TransactionRows implements SystemTables.Provider {
  private static final long MICRO = 1_000;

  private final OpenTransactions transactions;

  TransactionRows(OpenTransactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public List<@Nullable Object[]> rows() {
    List<OpenTransactions.Opened> open = new ArrayList<>(transactions.list());
    open.sort(Comparator.comparingLong(OpenTransactions.Opened::number));
    long now = System.nanoTime();
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (OpenTransactions.Opened opened : open) {
      rows.add(row(opened, now));
    }
    return rows;
  }

  private static @Nullable Object[] row(OpenTransactions.Opened opened, long now) {
    SessionTransaction transaction = opened.transaction();
    SessionTransaction.Figures figures = transaction.figures();
    UserId user = opened.session().userId();
    return new @Nullable Object[] {
      opened.number(),
      opened.session().number(),
      user == null ? null : user.value(),
      transaction.options().isolation().sqlName(),
      transaction.options().readOnly(),
      transaction.started(),
      transaction.stateName(),
      figures.readSeq(),
      figures.writeBytes(),
      figures.savepoints(),
      new Interval(0, 0, Math.max(0, now - figures.readNanos()) / MICRO)
    };
  }
}

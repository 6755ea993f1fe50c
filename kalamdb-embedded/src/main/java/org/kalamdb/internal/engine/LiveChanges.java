package org.kalamdb.internal.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.feed.ChangeBatch;
import org.kalamdb.internal.live.CompiledSubscription;
import org.kalamdb.internal.live.EvaluatedSubscription;
import org.kalamdb.internal.live.Missed;
import org.kalamdb.internal.live.MissedChanges;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/**
 * What happened to live queries' results since a commit. All of it is in the feed while that
 * remembers; later the rows themselves tell it, deleted ones included, as long as none of those can
 * have been dropped. Whoever is told more than once that something may be missing starts over, so
 * every doubt counts as lost.
 */
final class LiveChanges {
  /** More missed row changes than this are not told from rows: a snapshot is less work. */
  static final int MOST_ROWS = 200_000;

  static final String DEPENDS_ON_START =
      "the query depends on when or by whom it was started, so that changes do not lead from one"
          + " start to another";

  private LiveChanges() {}

  /**
   * Why the rows in a view, deleted ones included, do not tell all that happened to them after a
   * commit; null if they do.
   */
  static @Nullable String brokenSince(
      Engine engine, ReadView view, TableDefinition bound, long from) {
    TableDefinition table = bound.stored();
    if (table.type() == TableType.STREAM) {
      return streamReason(table);
    }
    String broken = engine.pipeline().brokenSince(from, table);
    if (broken != null) {
      return broken;
    }
    TableDefinition now = view.catalog().table(table.number());
    long hours = (now == null ? table : now).options().deletedRetentionHours();
    if (hours < 0) {
      return null;
    }
    // What a compaction that the view contains has dropped was older than this then.
    long newest = Math.max(engine.options().clock().millis(), new SeqId(view.seq()).epochMillis());
    return from < SeqId.firstAt(newest - TimeUnit.HOURS.toMillis(hours)).value()
        ? "rows of table "
            + table.id()
            + " that were deleted since may be forgotten, after "
            + hours
            + " hours (DELETED_RETENTION_HOURS)"
        : null;
  }

  private static String streamReason(TableDefinition table) {
    return "events of stream table " + table.id() + " end untold while nobody listens";
  }

  /** Whether a row in the view is of a commit after {@code from}. */
  static boolean hasRowsAfter(
      Engine engine, ReadView view, TableDefinition table, @Nullable UserId user, long from) {
    try (LiveScan scan = LiveScan.commitsAfter(engine, view, table, user, from)) {
      for (RecordBatch batch = scan.next(); batch != null; batch = scan.next()) {
        try (RecordBatch current = batch) {
          for (int i = 0; i < current.selection().size(); i++) {
            if (seqOf(Rows.read(current, current.selection().get(i)), 0) > from) {
              return true;
            }
          }
        }
      }
      return false;
    }
  }

  private static long seqOf(@Nullable Object[] row, int at) {
    return (Long) Objects.requireNonNull(row[at], "_seq");
  }

  /** Of a query that filters and projects one table. */
  record OfRows(Engine engine, EvaluatedSubscription query) {
    Missed since(long from) {
      if (query.query().asksSession()) {
        return Missed.lost(DEPENDS_ON_START);
      }
      if (query.table().type() == TableType.STREAM) {
        return Missed.lost(streamReason(query.table()));
      }
      Optional<List<ChangeBatch>> kept = engine.feed().changesSince(from);
      // Asked after the feed: what breaks the continuity is then noted, or in no copied commit.
      String broken = engine.pipeline().brokenSince(from, query.table().stored());
      if (broken != null) {
        return Missed.lost(broken);
      }
      return kept.isPresent() ? fromFeed(from, kept.get()) : fromRows(from);
    }

    private Missed fromFeed(long from, List<ChangeBatch> batches) {
      try (CompiledSubscription compiled = query.copy()) {
        MissedChanges missed = new MissedChanges(compiled);
        batches.forEach(batch -> missed.addCommit(batch, query.user()));
        return missed.upTo(batches.isEmpty() ? from : batches.get(batches.size() - 1).seq());
      }
    }

    private Missed fromRows(long from) {
      int[] keyAt = keyInResult();
      if (keyAt == null) {
        return Missed.lost(
            "the commits since are no longer remembered, and the result has no primary key to tell"
                + " rows apart by");
      }
      try (ReadView view = engine.pipeline().acquireView();
          CompiledSubscription compiled = query.copy()) {
        String broken = brokenSince(engine, view, query.table(), from);
        return broken == null
            ? fromRows(from, view, compiled, keyAt)
            : Missed.lost("the commits since are no longer remembered, and " + broken);
      }
    }

    private Missed fromRows(long from, ReadView view, CompiledSubscription compiled, int[] keyAt) {
      MissedChanges missed = new MissedChanges(compiled);
      int seqAt = query.table().schema().columns().size();
      try (LiveScan scan = LiveScan.after(engine, view, compiled, query.user(), from)) {
        for (RecordBatch batch = scan.next(); batch != null; batch = scan.next()) {
          try (RecordBatch current = batch) {
            for (int i = 0; i < current.selection().size(); i++) {
              @Nullable Object[] row = Rows.read(current, current.selection().get(i));
              long seq = seqOf(row, seqAt);
              if (seq > from) {
                boolean deleted = Boolean.TRUE.equals(row[seqAt + 1]);
                row[seqAt + 1] = Boolean.FALSE; // as live queries see their rows
                missed.addRow(seq, row, deleted, keyAt);
              }
            }
          }
          if (missed.count() > MOST_ROWS) {
            return Missed.lost("more than " + MOST_ROWS + " rows have changed");
          }
        }
      }
      return missed.upTo(Math.max(from, view.seq()));
    }

    /**
     * For each column of the result which part of the primary key it is, or -1; null if a part is
     * missing.
     */
    private int @Nullable [] keyInResult() {
      List<Integer> key = query.table().schema().primaryKey();
      int[] keyAt = new int[query.query().projection().size()];
      for (int i = 0; i < keyAt.length; i++) {
        keyAt[i] =
            query.query().projection().get(i) instanceof Expression.Column column
                    && key.contains(column.index())
                ? column.index()
                : -1;
      }
      return key.stream().allMatch(part -> Arrays.stream(keyAt).anyMatch(at -> at == part))
          ? keyAt
          : null;
    }
  }
}

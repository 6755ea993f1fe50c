package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.feed.ChangeBatch;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/** Missed changes of a query that filters and projects one partition of a table. */
public final class MissedChanges {
  private final CompiledSubscription compiled;
  private final RowEvaluation evaluation;
  private final Map<Long, List<RowChange>> bySeq = new TreeMap<>();
  private int count;

  /** The caller closes {@code compiled} after it has asked for the changes. */
  public MissedChanges(CompiledSubscription compiled) {
    this.compiled = compiled;
    this.evaluation = new RowEvaluation(compiled);
  }

  /** What a commit changed, as a subscriber was told it. */
  public void addCommit(ChangeBatch batch, @Nullable UserId user) {
    List<Change> own = new ArrayList<>();
    boolean all = compiled.table().partitioned() != null;
    for (Change change : batch.changes()) {
      if (all) {
        if (change.table().number() == compiled.table().stored().number()) {
          own.add(change.ofAllUsers(change.table().ofAllUsers()));
        }
      } else if (change.table().number() == compiled.table().number()
          && Objects.equals(change.user(), user)) {
        own.add(change);
      }
    }
    for (RowDelta delta : NetChanges.of(own, batch.seq())) {
      RowChange change = evaluation.changeOf(delta);
      if (change != null) {
        add(batch.seq(), change);
      }
    }
  }

  /**
   * A row as it is now.
   *
   * @param row in the layout of {@link CompiledSubscription}
   * @param deleted whether it was deleted; then these are its last values
   * @param keyAt for each column of the result, which of the row's columns it is if that is part of
   *     the primary key, else -1
   */
  public void addRow(long seq, @Nullable Object[] row, boolean deleted, int[] keyAt) {
    boolean matches = compiled.matches(row);
    if (matches && !deleted) {
      add(
          seq,
          new RowChange(
              Kind.UPSERT,
              null,
              new Row(compiled.columns(), compiled.project(row)),
              compiled.columnNames()));
      return;
    }
    @Nullable Object[] known;
    if (matches) {
      known = compiled.project(row);
    } else {
      known = new Object[keyAt.length];
      for (int i = 0; i < keyAt.length; i++) {
        known[i] = keyAt[i] < 0 ? null : row[keyAt[i]];
      }
    }
    add(
        seq,
        new RowChange(
            deleted ? Kind.DELETE : Kind.LEAVE,
            new Row(compiled.columns(), known),
            null,
            compiled.columnNames()));
  }

  private void add(long seq, RowChange change) {
    bySeq.computeIfAbsent(seq, s -> new ArrayList<>(1)).add(change);
    count++;
  }

  /** Row changes so far. */
  public int count() {
    return count;
  }

  /** All of them, in commit order. */
  public Missed upTo(long seq) {
    List<Changes> changes = new ArrayList<>(bySeq.size());
    bySeq.forEach((at, rows) -> changes.add(new Changes(new SeqId(at), rows)));
    return new Missed(seq, changes, null);
  }
}

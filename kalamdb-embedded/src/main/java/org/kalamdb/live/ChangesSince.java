package org.kalamdb.live;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.SeqId;

/**
 * What changed in a query's result since a commit, pulled once.
 *
 * @param seq what to ask from next time; the commit asked from if nothing can be told
 * @param changes in commit order; what they can hold is said at {@link
 *     SubscriptionOptions#withFrom}
 * @param lost why the changes cannot be told, so that only the query itself, run again, helps; null
 *     if they can
 */
public record ChangesSince(SeqId seq, List<ChangeEvent.Changes> changes, @Nullable String lost) {
  public ChangesSince {
    changes = List.copyOf(changes);
  }

  /** True if only running the query again helps. */
  public boolean isLost() {
    return lost != null;
  }
}

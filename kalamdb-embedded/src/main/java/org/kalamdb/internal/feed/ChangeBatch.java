package org.kalamdb.internal.feed;

import java.util.List;

/** What one transaction changed, in statement order, under the commit's {@code seq}. */
public record ChangeBatch(long seq, List<Change> changes) {
  public ChangeBatch {
    changes = List.copyOf(changes);
  }
}

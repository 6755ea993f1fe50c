package org.kalamdb.internal.live;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent;

/**
 * What a listener that was told everything up to one commit has missed since.
 *
 * @param seq with the changes it knows everything up to here
 * @param changes in commit order
 * @param lost why that cannot be told and it must start over; null if it can
 */
public record Missed(long seq, List<ChangeEvent.Changes> changes, @Nullable String lost) {
  public Missed {
    changes = List.copyOf(changes);
  }

  /** The result is as it was. */
  public static Missed nothing(long seq) {
    return new Missed(seq, List.of(), null);
  }

  /** Only a snapshot helps. */
  public static Missed lost(String reason) {
    return new Missed(0, List.of(), reason);
  }

  /** A snapshot as of {@link #seq} without rows. */
  SnapshotSource.Snapshot asSnapshot() {
    return new SnapshotSource.Snapshot() {
      @Override
      public long seq() {
        return seq;
      }

      @Override
      public @Nullable List<@Nullable Object[]> next() {
        return null;
      }

      @Override
      public void close() {}
    };
  }
}

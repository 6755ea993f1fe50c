package org.kalamdb.internal.live;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.LogicalPlan;

/**
 * Runs plans over snapshots. Called on the registry's own threads only, never on a user's; opening
 * and reading must not wait for a commit to finish.
 */
@FunctionalInterface
public interface SnapshotReaders {
  /** Pins a snapshot that contains every commit published so far. */
  SnapshotReader open();

  /**
   * Why the result may be another now than it was as of commit {@code seq}; null if it is the same.
   */
  default @Nullable String changedSince(long seq) {
    return "the query's changes are not kept";
  }

  /** One snapshot; used by one thread at a time. */
  interface SnapshotReader extends AutoCloseable {
    /** The snapshot contains exactly the commits up to this one. */
    long seq();

    /** Runs a plan and hands out its rows, for the consumer to keep. */
    void read(LogicalPlan plan, Consumer<@Nullable Object[]> rows);

    /** Stops what is being read: it fails with 57014. By any thread. */
    void cancel();

    /** Waits until each commit in the snapshot has been published to live queries. */
    void awaitPublished();

    @Override
    void close();
  }
}

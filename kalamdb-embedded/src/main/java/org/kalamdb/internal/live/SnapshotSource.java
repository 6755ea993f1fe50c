package org.kalamdb.internal.live;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the present result of a live query. Called on the registry's own threads only, never on a
 * user's; must not wait for a commit to finish, since a writer may be waiting for the listener.
 */
@FunctionalInterface
public interface SnapshotSource {
  /**
   * Pins a snapshot that contains every commit published so far.
   *
   * @param lastRows read only the last so many matching rows by primary key (0: none), delivered in
   *     ascending key order all the same; {@code Long.MAX_VALUE}: all
   * @param batchSize most rows one {@link Snapshot#next} returns
   */
  Snapshot open(long lastRows, int batchSize);

  /**
   * What changed in the result after commit {@code seq}, up to some commit that is published by
   * now.
   */
  default Missed changesSince(long seq) {
    return Missed.lost("the query's changes are not kept");
  }

  /** A pinned result; used by one thread at a time. */
  interface Snapshot extends AutoCloseable {
    /** The snapshot contains exactly the commits up to this one. */
    long seq();

    /**
     * The next rows, projected, one array a row, for the caller to keep; null at the end, and never
     * empty.
     */
    @Nullable List<@Nullable Object[]> next();

    /** Lets the snapshot go; idempotent. */
    @Override
    void close();
  }
}

package org.kalamdb.internal.flush;

import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.UserId;

/**
 * Goes through all segments, in small steps and seldom, for partitions that nobody flushes any
 * more, but whose segments have become old enough for rows that serve nobody to be dropped from
 * them. One thread's.
 */
final class AgeSweep {
  private static final int SEGMENTS_PER_STEP = 500;
  private static final long FIRST_PAUSE_MILLIS = TimeUnit.MINUTES.toMillis(1);
  private static final long PAUSE_MILLIS = TimeUnit.HOURS.toMillis(6);

  private final ColdTier cold;
  private final CommitPipeline pipeline;
  private final LongSupplier clockMillis;
  private byte @Nullable [] next;
  private long dueMillis;

  AgeSweep(ColdTier cold, CommitPipeline pipeline, LongSupplier clockMillis) {
    this.cold = cold;
    this.pipeline = pipeline;
    this.clockMillis = clockMillis;
    this.dueMillis = clockMillis.getAsLong() + FIRST_PAUSE_MILLIS;
  }

  /**
   * Does a step, if one is due.
   *
   * @param found is told of partitions that are worth a look; a partition may come several times
   */
  void step(BiConsumer<TableDefinition, @Nullable UserId> found) {
    long now = clockMillis.getAsLong();
    byte[] from = next;
    if (from == null) {
      if (now < dueMillis) {
        return;
      }
      dueMillis = now + PAUSE_MILLIS;
      from = new byte[0];
    }
    try (ReadView view = pipeline.acquireView()) {
      next =
          cold.visitSegments(
              from,
              SEGMENTS_PER_STEP,
              view.snapshot(),
              (number, user, entry) -> {
                TableDefinition table = view.catalog().table(number);
                if (table != null
                    && now - entry.createdMillis() >= CompactionPolicy.ageMillis(table.options())) {
                  found.accept(table, user);
                }
              });
    }
  }
}

package org.kalamdb.internal.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.job.Jobs;
import org.kalamdb.internal.system.SystemTables;

/** The rows of {@code system.jobs}, oldest job first. */
record JobRows(Jobs jobs) implements SystemTables.Provider {
  @Override
  public List<@Nullable Object[]> rows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (Job.State job : jobs.list()) {
      rows.add(
          new @Nullable Object[] {
            job.id(),
            job.type().name().toLowerCase(Locale.ROOT),
            job.status().name().toLowerCase(Locale.ROOT),
            job.subject(),
            job.user() == null ? null : job.user().value(),
            instant(job.createdMillis()),
            instant(job.startedMillis()),
            instant(job.endedMillis()),
            job.rowsDone(),
            job.rowsTotal() == 0 ? null : job.rowsTotal(),
            job.files(),
            job.bytes(),
            job.message()
          });
    }
    return rows;
  }

  private static @Nullable Instant instant(@Nullable Long millis) {
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }
}

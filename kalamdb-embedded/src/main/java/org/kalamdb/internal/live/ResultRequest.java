package org.kalamdb.internal.live;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.live.incremental.IncrementalQuery;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;

/**
 * A live query whose result is kept, to be made true by operators or by running it again.
 *
 * @param sql as the user wrote it
 * @param user whose partitions of USER and STREAM tables it reads; null if none
 * @param role of the session that asked
 * @param columns of the result
 * @param query its operators; null if it must be run again. Closed by the registry
 * @param fallback why there are no operators; null if there are
 * @param rerun what is run again
 * @param sources the tables it looks at, by which changes find it. Closed by the registry
 * @param reader reads snapshots
 * @param shareKey requests with equal keys are evaluated once for all of them
 */
public record ResultRequest(
    String sql,
    @Nullable UserId user,
    Role role,
    List<ResultColumn> columns,
    @Nullable IncrementalQuery query,
    @Nullable String fallback,
    RerunQuery rerun,
    List<ResultSource> sources,
    SnapshotReaders reader,
    Object shareKey) {
  public ResultRequest {
    columns = List.copyOf(columns);
    sources = List.copyOf(sources);
  }

  /**
   * A query that is run again when a table it reads has changed.
   *
   * @param keyColumns columns of the result that no two rows agree in; null if none are known
   * @param ordered whether the order of its rows means something
   */
  public record RerunQuery(LogicalPlan plan, @Nullable List<Integer> keyColumns, boolean ordered) {}

  /**
   * A table of the query.
   *
   * @param rows which of its rows matter, and what of them; it projects what {@code into} takes
   * @param into where changes go; null if any change means that the query is run again
   */
  public record ResultSource(
      CompiledSubscription rows, @Nullable UserId user, IncrementalQuery.@Nullable Source into) {}

  /** Lets go of a request that is not registered, or whose like is. */
  public void close() {
    if (query != null) {
      query.close();
    }
    sources.forEach(source -> source.rows().close());
  }

  /** Names of the tables. */
  String tables() {
    Set<String> names = new java.util.LinkedHashSet<>();
    sources.forEach(source -> names.add(source.rows().table().id().toString()));
    return String.join(", ", names);
  }
}

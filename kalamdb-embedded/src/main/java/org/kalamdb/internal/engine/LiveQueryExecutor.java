package org.kalamdb.internal.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.live.LiveQueries;
import org.kalamdb.internal.live.SubscriptionInfo;
import org.kalamdb.internal.sql.parse.OperationStatement.KillLiveQuery;
import org.kalamdb.internal.system.SystemTables;
import org.kalamdb.internal.system.Viewer;
import org.kalamdb.query.Result;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/** Open subscriptions as operators see them: {@code system.live_queries}, SHOW and KILL. */
final class LiveQueryExecutor implements SystemTables.Provider {
  private final Engine engine;

  LiveQueryExecutor(Engine engine) {
    this.engine = engine;
  }

  private List<SubscriptionInfo> open() {
    List<SubscriptionInfo> open = new ArrayList<>(engine.liveQueries().list());
    open.sort(
        Comparator.comparingLong(SubscriptionInfo::openedMillis)
            .thenComparing(info -> info.id().length())
            .thenComparing(SubscriptionInfo::id));
    return open;
  }

  /** Oldest subscription first. */
  @Override
  public List<@Nullable Object[]> rows() {
    long now = engine.options().clock().millis();
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (SubscriptionInfo info : open()) {
      rows.add(
          new @Nullable Object[] {
            info.id(),
            info.user() == null ? null : info.user().value(),
            info.sql(),
            info.tables(),
            info.way().name().toLowerCase(Locale.ROOT),
            info.fallback(),
            info.phase().toLowerCase(Locale.ROOT),
            Instant.ofEpochMilli(info.openedMillis()),
            info.lastSeq(),
            info.delivered(),
            (long) info.pending(),
            info.pendingBytes(),
            info.coalesced(),
            lag(info, now),
            (long) info.resets(),
            (long) info.failures(),
            (long) info.listeners(),
            info.stateBytes()
          });
    }
    return rows;
  }

  private static @Nullable Interval lag(SubscriptionInfo info, long now) {
    return info.oldestQueued() == null
        ? null
        : new Interval(0, 0, Math.max(0, now - info.oldestQueued().epochMillis()) * 1000);
  }

  /** The subscriptions that the viewer sees. */
  Result show(Viewer viewer) {
    ShowExecutor.Listing listing =
        new ShowExecutor.Listing()
            .column("live_id", DataType.TEXT)
            .column("user_id", DataType.TEXT)
            .column("query", DataType.TEXT)
            .column("way", DataType.TEXT)
            .column("state", DataType.TEXT)
            .column("delivered", DataType.BIGINT)
            .column("queued", DataType.BIGINT)
            .column("state_bytes", DataType.BIGINT);
    for (SubscriptionInfo info : open()) {
      if (viewer.sees(info.user())) {
        listing.row(
            info.id(),
            info.user() == null ? null : info.user().value(),
            info.sql(),
            info.way().name().toLowerCase(Locale.ROOT),
            info.phase().toLowerCase(Locale.ROOT),
            info.delivered(),
            (long) info.pending(),
            info.stateBytes());
      }
    }
    return listing.result();
  }

  /**
   * Ends a subscription; its listener is told why.
   *
   * @param viewer who must see it
   */
  Result kill(KillLiveQuery statement, Viewer viewer) {
    LiveQueries queries = engine.liveQueries();
    KalamException reason =
        new KalamException(ErrorCode.QUERY_CANCELED, "ended by KILL LIVE QUERY");
    if (!queries.kill(statement.id(), viewer::sees, reason)) {
      throw statement
          .position()
          .error(ErrorCode.UNDEFINED_OBJECT, "live query \"" + statement.id() + "\" does not exist")
          .withHint("SHOW LIVE QUERIES lists them.");
    }
    return new ShowExecutor.Listing()
        .column("live_id", DataType.TEXT)
        .column("status", DataType.TEXT)
        .row(statement.id(), "ended")
        .result();
  }
}

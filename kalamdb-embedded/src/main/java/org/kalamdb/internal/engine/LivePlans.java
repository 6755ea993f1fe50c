package org.kalamdb.internal.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.live.RowQuery;
import org.kalamdb.schema.DataType;

/**
 * Live queries of one table's rows by their text, so that thousands of subscriptions share what
 * they have in common. Thread-safe.
 */
final class LivePlans {
  private static final long MAX_PLANS = 2_000;

  private final Cache<Key, Optional<Rows>> cache =
      Caffeine.newBuilder().maximumSize(MAX_PLANS).build();

  /** What a text may mean something else with. */
  record Key(String sql, String scope, boolean hasUser, String role, long catalog) {}

  /** A bound query, and the types its parameters are coerced to. */
  record Rows(RowQuery query, List<DataType> parameterTypes) {
    Rows {
      parameterTypes = List.copyOf(parameterTypes);
    }
  }

  /** The query of the key; null if it is not rows of one table. */
  @Nullable Rows rows(Key key, Supplier<@Nullable Rows> bind) {
    return cache.get(key, absent -> Optional.ofNullable(bind.get())).orElse(null);
  }

  /** Forgets them: versions of the catalog may come to mean other tables. */
  void clear() {
    cache.invalidateAll();
  }
}

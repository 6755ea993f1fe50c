package org.kalamdb.internal.system;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.SystemTable;

/**
 * Where the rows of system tables come from: a provider for each of them. Made when a database is
 * opened; thread-safe afterwards.
 */
public final class SystemTables {
  private final Map<SystemTable, Provider> providers = new EnumMap<>(SystemTable.class);

  /** Makes the rows of one table, in the order and the Java classes of its columns. Thread-safe. */
  @FunctionalInterface
  public interface Provider {
    List<@Nullable Object[]> rows();
  }

  /** Names who makes the rows of a table; once for each. */
  public SystemTables with(SystemTable table, Provider provider) {
    if (providers.putIfAbsent(table, provider) != null) {
      throw new IllegalArgumentException("Two providers of " + table);
    }
    return this;
  }

  /**
   * The rows as they are now.
   *
   * @param viewer only rows that this one sees
   */
  List<@Nullable Object[]> rows(SystemTable table, Viewer viewer) {
    Provider provider = providers.get(table);
    if (provider == null) {
      throw new IllegalStateException("Nobody provides the rows of " + table);
    }
    List<@Nullable Object[]> rows = provider.rows();
    if (viewer.everybody()) {
      return rows;
    }
    // Without an owner column a user's session gets past the binder only by a mistake of ours.
    int owner = table.ownerColumn();
    return owner < 0
        ? List.of()
        : rows.stream().filter(row -> viewer.seesRowOf(row[owner])).toList();
  }
}

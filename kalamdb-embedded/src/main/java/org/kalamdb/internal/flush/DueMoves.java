package org.kalamdb.internal.flush;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.StorageDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.TableType;

/**
 * Which tables are to be looked at because their place has changed, and everywhere they have been:
 * each catalog is taken note of in turn, with the storages that it has itself, so that a place is
 * seen however short a table was there. Anybody may tell of a change; all else is one thread's.
 */
final class DueMoves {
  private final Queue<Event> events = new ConcurrentLinkedQueue<>();
  private final Map<Integer, TablePlace> places = new HashMap<>();
  private final Map<Integer, TableDefinition> tables = new HashMap<>();
  private final Map<Integer, TableMove> moves = new HashMap<>();
  private Map<StorageDefinition, Storages.Home> homes = Map.of();
  private long seenVersion = Long.MIN_VALUE;

  /** Something that has changed; what readers do not see yet has to wait. */
  private interface Event {
    boolean isVisible(ReadView view);

    void note();
  }

  /**
   * @param first the catalog at the beginning
   * @param misplaced numbers of tables that a move had not come to the end of
   */
  DueMoves(CatalogSnapshot first, Set<Integer> misplaced) {
    note(first);
    misplaced.forEach(number -> moveOf(number).beWhole());
  }

  /** The catalog has changed; to be told in order. */
  void changed(CatalogSnapshot catalog) {
    events.add(
        new Event() {
          @Override
          public boolean isVisible(ReadView view) {
            return catalog.version() <= view.catalog().version();
          }

          @Override
          public void note() {
            DueMoves.this.note(catalog);
          }
        });
  }

  /** A user has another storage; to be told in order with catalogs. */
  void changed(Storages.UserMove moved) {
    events.add(
        new Event() {
          @Override
          public boolean isVisible(ReadView view) {
            return moved.seq() <= view.seq();
          }

          @Override
          public void note() {
            DueMoves.this.note(moved);
          }
        });
  }

  /** Takes note of what readers see. */
  void noteVisible(ReadView view) {
    Event next = events.peek();
    while (next != null && next.isVisible(view)) {
      next.note();
      events.remove();
      next = events.peek();
    }
  }

  /** Numbers of the tables that are to be looked at, now or later. */
  List<Integer> numbers() {
    return List.copyOf(moves.keySet());
  }

  /** What is to be moved of a table; null if nothing is. */
  @Nullable TableMove move(int number) {
    return moves.get(number);
  }

  /** What was asked for of a table is done. */
  void done(int number) {
    TableMove move = moves.get(number);
    if (move != null && move.finish()) {
      moves.remove(number);
    }
  }

  /** A table as it was last seen; null if it is gone. */
  @Nullable TableDefinition table(int number) {
    return tables.get(number);
  }

  private TableMove moveOf(int number) {
    return moves.computeIfAbsent(number, n -> new TableMove());
  }

  /** The user's partition of every table that looks at storages of users. */
  private void note(Storages.UserMove moved) {
    places.forEach(
        (number, place) -> {
          if (place.usesUserStorage()) {
            moveOf(number).left(moved.user(), place, moved.before());
          }
        });
  }

  /**
   * Takes note of tables that have changed. One that was changed and changed back, or made and
   * changed, since the last look is to be looked at too: its segments tell.
   */
  @SuppressWarnings("ReferenceEquality") // the same object as long as nobody alters the table
  private void note(CatalogSnapshot catalog) {
    if (catalog.version() == seenVersion) {
      return;
    }
    boolean first = seenVersion == Long.MIN_VALUE;
    Map<String, Storages.Home> storages = homesOf(catalog);
    Set<Integer> there =
        catalog.tables().stream().map(TableDefinition::number).collect(Collectors.toSet());
    places.keySet().retainAll(there);
    tables.keySet().retainAll(there);
    moves.keySet().retainAll(there);
    for (TableDefinition table : catalog.tables()) {
      if (table.type() == TableType.STREAM) {
        continue;
      }
      TablePlace now = placeOf(table, storages);
      TablePlace before = places.put(table.number(), now);
      boolean moved = before != null && !before.isSame(now);
      if ((tables.put(table.number(), table) != table && !first) || moved) {
        TableMove move = moveOf(table.number());
        move.beWhole();
        if (before != null && moved) {
          move.left(before);
        }
      }
    }
    seenVersion = catalog.version();
  }

  /** The storages of a catalog by name, compiled once as long as they stay as they are. */
  private Map<String, Storages.Home> homesOf(CatalogSnapshot catalog) {
    Map<StorageDefinition, Storages.Home> compiled = new HashMap<>();
    Map<String, Storages.Home> byName = new HashMap<>();
    for (StorageDefinition storage : catalog.storages()) {
      Storages.Home known = homes.get(storage);
      Storages.Home home = known != null ? known : Storages.Home.of(storage);
      compiled.put(storage, home);
      byName.put(storage.id(), home);
    }
    homes = compiled;
    return byName;
  }

  private static TablePlace placeOf(TableDefinition table, Map<String, Storages.Home> storages) {
    String id = table.options().storageId();
    Storages.Home home = storages.get(id == null ? StorageDefinition.LOCAL_ID : id);
    if (home == null) {
      throw new KalamException(
          ErrorCode.DATA_CORRUPTED,
          "storage \"" + id + "\" of table " + table.id() + " is not in the catalog");
    }
    return new TablePlace(table.id(), home, table.options().useUserStorage() ? storages : Map.of());
  }
}

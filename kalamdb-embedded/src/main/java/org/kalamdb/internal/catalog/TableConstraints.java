package org.kalamdb.internal.catalog;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a table asks of its rows beyond types and NOT NULL, and its indexes; immutable.
 *
 * @param primaryKey name of the primary key's constraint; null: the table's name and {@code _pkey}
 * @param checks in order of their names, which is the order they are looked at in
 * @param indexes in order of their numbers
 * @param foreignKeys in order of their making
 * @param nextIndex the number of the next index
 */
public record TableConstraints(
    @Nullable String primaryKey,
    List<CheckConstraint> checks,
    List<IndexDefinition> indexes,
    List<ForeignKey> foreignKeys,
    int nextIndex) {
  public static final TableConstraints NONE =
      new TableConstraints(null, List.of(), List.of(), List.of(), 1);

  public TableConstraints {
    List<CheckConstraint> sorted = new ArrayList<>(checks);
    sorted.sort((a, b) -> a.name().compareTo(b.name()));
    checks = List.copyOf(sorted);
    indexes = List.copyOf(indexes);
    foreignKeys = List.copyOf(foreignKeys);
  }

  public @Nullable IndexDefinition index(int number) {
    for (IndexDefinition index : indexes) {
      if (index.number() == number) {
        return index;
      }
    }
    return null;
  }

  public @Nullable IndexDefinition index(String name) {
    for (IndexDefinition index : indexes) {
      if (index.name().equals(name)) {
        return index;
      }
    }
    return null;
  }

  /** Names of all constraints and indexes but the primary key's. */
  public Set<String> names() {
    Set<String> names = new HashSet<>();
    checks.forEach(check -> names.add(check.name()));
    indexes.forEach(index -> names.add(index.name()));
    foreignKeys.forEach(key -> names.add(key.name()));
    return names;
  }

  /** Whether everything holds for all rows. */
  public boolean isReady() {
    return checks.stream().allMatch(CheckConstraint::ready)
        && indexes.stream().allMatch(IndexDefinition::ready)
        && foreignKeys.stream().allMatch(ForeignKey::ready);
  }

  /** Everything in it made ready. */
  public TableConstraints asReady() {
    return new TableConstraints(
        primaryKey,
        checks.stream().map(CheckConstraint::asReady).toList(),
        indexes.stream().map(IndexDefinition::asReady).toList(),
        foreignKeys.stream().map(ForeignKey::asReady).toList(),
        nextIndex);
  }

  /** Without what is not ready: as it was before the statement that did not come to its end. */
  public TableConstraints onlyReady() {
    List<ForeignKey> keys = foreignKeys.stream().filter(ForeignKey::ready).toList();
    Set<Integer> used = new HashSet<>();
    keys.forEach(key -> used.add(key.index()));
    return new TableConstraints(
        primaryKey,
        checks.stream().filter(CheckConstraint::ready).toList(),
        indexes.stream()
            .filter(IndexDefinition::ready)
            .filter(
                index ->
                    index.origin() != IndexDefinition.Origin.FOREIGN_KEY
                        || used.contains(index.number()))
            .toList(),
        keys,
        nextIndex);
  }

  public TableConstraints withPrimaryKey(@Nullable String name) {
    return new TableConstraints(name, checks, indexes, foreignKeys, nextIndex);
  }

  public TableConstraints withChecks(List<CheckConstraint> other) {
    return new TableConstraints(primaryKey, other, indexes, foreignKeys, nextIndex);
  }

  public TableConstraints withForeignKeys(List<ForeignKey> other) {
    return new TableConstraints(primaryKey, checks, indexes, other, nextIndex);
  }

  /** With these indexes; numbers given away stay so. */
  public TableConstraints withIndexes(List<IndexDefinition> other) {
    int next = nextIndex;
    for (IndexDefinition index : other) {
      next = Math.max(next, index.number() + 1);
    }
    return new TableConstraints(primaryKey, checks, other, foreignKeys, next);
  }

  public TableConstraints plus(CheckConstraint check) {
    return withChecks(and(checks, check));
  }

  public TableConstraints plus(IndexDefinition index) {
    return withIndexes(and(indexes, index));
  }

  public TableConstraints plus(ForeignKey key) {
    return withForeignKeys(and(foreignKeys, key));
  }

  /** Without the foreign key, and without the index that was made for it alone. */
  public TableConstraints without(ForeignKey key) {
    TableConstraints left =
        withForeignKeys(foreignKeys.stream().filter(other -> !other.equals(key)).toList());
    boolean shared = left.foreignKeys.stream().anyMatch(other -> other.index() == key.index());
    return shared
        ? left
        : left.withIndexes(
            indexes.stream()
                .filter(
                    index ->
                        index.number() != key.index()
                            || index.origin() != IndexDefinition.Origin.FOREIGN_KEY)
                .toList());
  }

  private static <T> List<T> and(List<T> list, T item) {
    List<T> longer = new ArrayList<>(list);
    longer.add(item);
    return longer;
  }
}

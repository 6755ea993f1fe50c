package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/** The names a clause can use and the columns of its input they stand for. Immutable. */
final class Scope {
  static final Scope EMPTY = new Scope(List.of());

  private final List<Entry> entries;
  private final @Nullable OuterQuery outer;
  private final CommonTables commonTables;

  Scope(List<Entry> entries) {
    this(entries, null, CommonTables.NONE);
  }

  private Scope(List<Entry> entries, @Nullable OuterQuery outer, CommonTables commonTables) {
    this.entries = List.copyOf(entries);
    this.outer = outer;
    this.commonTables = commonTables;
  }

  /**
   * An item of FROM.
   *
   * @param number the plan's {@code Scan.relation}, or a number of its own
   * @param alias what its columns are qualified with
   * @param table its table where no alias hides that name
   */
  record Relation(int number, String alias, @Nullable TableId table) {}

  /**
   * A column that can be named.
   *
   * @param index position in the input
   * @param bare whether its name alone means it
   * @param starred whether {@code *} shows it
   * @param relationStarred whether {@code t.*} shows it
   */
  record Entry(
      @Nullable Relation relation,
      String name,
      int index,
      PlanColumn column,
      boolean bare,
      boolean starred,
      boolean relationStarred) {
    DataType type() {
      return column.type();
    }

    Entry at(int newIndex) {
      return new Entry(relation, name, newIndex, column, bare, starred, relationStarred);
    }

    Entry asNullable() {
      return new Entry(relation, name, index, column.asNullable(), bare, starred, relationStarred);
    }

    /** The original of a column that USING has merged: only its qualified name still means it. */
    Entry qualifiedOnly() {
      return new Entry(relation, name, index, column, false, false, relationStarred);
    }
  }

  List<Entry> entries() {
    return entries;
  }

  /** The same names within another query and with what its WITH names. */
  Scope inside(@Nullable OuterQuery newOuter, CommonTables newCommonTables) {
    return new Scope(entries, newOuter, newCommonTables);
  }

  @Nullable OuterQuery outer() {
    return outer;
  }

  CommonTables commonTables() {
    return commonTables;
  }

  /** Both scopes' names; the other's columns stand {@code offset} places further on. */
  Scope and(Scope other, int offset) {
    List<Entry> both = new ArrayList<>(entries);
    other.entries.forEach(entry -> both.add(entry.at(entry.index() + offset)));
    return new Scope(both, outer, commonTables);
  }

  Scope asNullable() {
    return new Scope(entries.stream().map(Entry::asNullable).toList(), outer, commonTables);
  }

  boolean hasRelation(String alias) {
    return entries.stream()
        .anyMatch(e -> e.relation() != null && e.relation().alias().equals(alias));
  }

  /** The column as an expression; qualified for people where there are several relations. */
  Column column(Entry entry) {
    boolean several = entries.stream().map(Entry::relation).distinct().count() > 1;
    String name =
        several && entry.relation() != null
            ? entry.relation().alias() + "." + entry.name()
            : entry.name();
    return new Column(entry.index(), entry.type(), name);
  }

  /** The one bare column of the name, or null. */
  @Nullable Entry findBare(String name) {
    Entry found = null;
    for (Entry entry : entries) {
      if (entry.bare() && entry.name().equals(name)) {
        if (found != null) {
          throw ambiguous(name);
        }
        found = entry;
      }
    }
    return found;
  }

  private static KalamException ambiguous(String name) {
    return new KalamException(
        ErrorCode.AMBIGUOUS_COLUMN, "column reference \"" + name + "\" is ambiguous");
  }

  /** The column of this very query that the reference means, or null. */
  @Nullable Entry resolve(ParsedExpression.ColumnReference reference) {
    List<String> parts = reference.parts();
    if (parts.size() > 3) {
      throw new KalamException(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "names of more than three parts are not supported: " + String.join(".", parts))
          .at(reference.position().line(), reference.position().column());
    }
    Entry found = find(parts);
    if (found == null && outer == null) {
      throw unknown(reference);
    }
    return found;
  }

  /** The column of a query around this one that the reference means: the innermost that has one. */
  OuterColumn resolveOuter(ParsedExpression.ColumnReference reference) {
    List<String> parts = reference.parts();
    if (qualifies(parts)) {
      throw unknown(reference);
    }
    OuterQuery level = outer;
    while (level != null) {
      Entry found = level.scope().find(parts);
      OuterQuery finder = level;
      boolean known = found != null || level.scope().qualifies(parts);
      OuterQuery next = level.scope().outer;
      while (level.isNeighbours() && next != null && next.isNeighbours()) {
        Entry other = next.scope().find(parts);
        if (found != null && other != null) {
          throw ambiguous(reference.name());
        }
        known |= other != null || next.scope().qualifies(parts);
        finder = other == null ? finder : next;
        found = other == null ? found : other;
        next = next.scope().outer;
      }
      if (found != null) {
        return finder.refer(finder.scope().column(found), reference.position());
      }
      if (known) {
        throw unknown(reference);
      }
      level = next;
    }
    throw unknown(reference);
  }

  /** Whether the name is qualified by a relation of this scope. */
  private boolean qualifies(List<String> parts) {
    return parts.size() > 1
        && entries.stream()
            .anyMatch(
                e ->
                    e.relation() != null
                        && isQualifiedBy(e.relation(), parts.subList(0, parts.size() - 1)));
  }

  private @Nullable Entry find(List<String> parts) {
    if (parts.size() == 1) {
      return findBare(parts.get(0));
    }
    String name = parts.get(parts.size() - 1);
    Entry found = null;
    for (Entry entry : entries) {
      if (entry.relation() != null
          && entry.name().equals(name)
          && isQualifiedBy(entry.relation(), parts.subList(0, parts.size() - 1))) {
        if (found != null) {
          throw ambiguous(name);
        }
        found = entry;
      }
    }
    return found;
  }

  private static boolean isQualifiedBy(Relation relation, List<String> qualifier) {
    if (qualifier.size() == 1) {
      return relation.alias().equals(qualifier.get(0));
    }
    TableId table = relation.table();
    return table != null
        && table.namespace().name().equals(qualifier.get(0))
        && table.name().equals(qualifier.get(1));
  }

  /** The columns {@code *} or {@code t.*} shows. */
  List<Entry> star(ParsedExpression.Star star) {
    List<String> qualifier = star.qualifier();
    if (qualifier.isEmpty()) {
      return entries.stream().filter(Entry::starred).toList();
    }
    List<Entry> found =
        entries.stream()
            .filter(e -> e.relation() != null && isQualifiedBy(e.relation(), qualifier))
            .toList();
    if (found.isEmpty()) {
      throw missingRelation(String.join(".", qualifier))
          .at(star.position().line(), star.position().column());
    }
    return found.stream().filter(Entry::relationStarred).toList();
  }

  private static KalamException missingRelation(String name) {
    return new KalamException(
        ErrorCode.UNDEFINED_TABLE, "missing FROM-clause entry for table \"" + name + "\"");
  }

  /** Whether a relation of the name is here or further out. */
  private boolean isKnown(List<String> qualifier) {
    return entries.stream()
            .anyMatch(e -> e.relation() != null && isQualifiedBy(e.relation(), qualifier))
        || (outer != null && outer.scope().isKnown(qualifier));
  }

  private KalamException unknown(ParsedExpression.ColumnReference reference) {
    List<String> parts = reference.parts();
    String name = reference.name();
    if (parts.size() > 1) {
      List<String> qualifier = parts.subList(0, parts.size() - 1);
      if (!isKnown(qualifier)) {
        return missingRelation(String.join(".", qualifier))
            .at(reference.position().line(), reference.position().column());
      }
    }
    String shown = parts.size() == 1 ? "\"" + name + "\"" : String.join(".", parts);
    KalamException error =
        reference
            .position()
            .error(ErrorCode.UNDEFINED_COLUMN, "column " + shown + " does not exist");
    Set<String> names = new LinkedHashSet<>();
    entries.stream()
        .filter(e -> e.starred() || e.relationStarred())
        .forEach(e -> names.add(e.name()));
    String near = Suggestions.nearest(name, names);
    return near == null ? error : error.withHint("Perhaps you meant the column \"" + near + "\".");
  }
}

package org.kalamdb.internal.write;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.schema.UserId;

/**
 * What one statement does to rows: the writers of the tables it changes, and at its end what
 * foreign keys ask for. Confined to the statement.
 */
public final class StatementWrites {
  private final WriteSet writes;
  private final RowFinder finder;
  private final Function<TableDefinition, TableRules> rules;
  private final ForeignKeys foreignKeys;
  private final Map<Partition, TableWriter> writers = new HashMap<>();

  private record Partition(int table, @Nullable UserId user) {}

  /**
   * @param catalog all tables, whoever may see them
   * @param rules of a table, ready to compute
   */
  public StatementWrites(
      CatalogSnapshot catalog,
      WriteSet writes,
      RowFinder finder,
      Function<TableDefinition, TableRules> rules) {
    this.writes = writes;
    this.finder = finder;
    this.rules = rules;
    this.foreignKeys = new ForeignKeys(catalog, writes, finder, this::writer);
  }

  /** The writer of one partition of a table. */
  public TableWriter writer(TableDefinition table, @Nullable UserId user) {
    return writers.computeIfAbsent(
        new Partition(table.number(), user),
        key ->
            new TableWriter(
                table, rules.apply(table), user, writes, finder, foreignKeys.observe(table)));
  }

  /** The end of the statement: referential actions, then what must hold after them. */
  public void finish() {
    foreignKeys.finish();
  }
}

package org.kalamdb.differential;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * The tables a run of queries is about, and their rows as literals. Immutable.
 *
 * @param variant chooses the ways, beyond where rows are, in which queries are run
 */
record World(List<Table> tables, long variant) {
  /**
   * @param keyed whether its first column, {@code k}, is its primary key; else that may repeat
   * @param rows literals, {@code NULL} among them
   */
  record Table(String name, boolean keyed, List<Column> columns, List<List<String>> rows) {
    String create() {
      return "CREATE TABLE "
          + name
          + " ("
          + columns.stream()
              .map(
                  c ->
                      c.name()
                          + " "
                          + c.type().sql()
                          + (keyed && c.name().equals("k") ? " PRIMARY KEY" : ""))
              .collect(Collectors.joining(", "))
          + ")";
    }

    String insert(List<List<String>> some) {
      return "INSERT INTO "
          + name
          + " VALUES "
          + some.stream()
              .map(row -> "(" + String.join(", ", row) + ")")
              .collect(Collectors.joining(", "));
    }

    Table withRows(List<List<String>> other) {
      return new Table(name, keyed, columns, other);
    }
  }

  record Column(String name, SqlType type) {}

  static World random(Random random) {
    int count = 2 + random.nextInt(2);
    List<Table> tables = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      List<Column> columns = new ArrayList<>();
      columns.add(new Column("k", SqlType.INTEGER));
      int width = 2 + random.nextInt(4);
      for (int c = 0; c < width; c++) {
        columns.add(new Column("c" + c, SqlType.any(random)));
      }
      boolean keyed = random.nextInt(3) > 0;
      tables.add(new Table("t" + t, keyed, columns, rows(random, columns, keyed)));
    }
    return new World(tables, random.nextLong());
  }

  private static List<List<String>> rows(Random random, List<Column> columns, boolean keyed) {
    int count = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(random.nextInt(5) == 0 ? 60 : 16);
    int nulls = 2 + random.nextInt(8);
    List<List<String>> rows = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      List<String> row = new ArrayList<>();
      row.add(String.valueOf(keyed ? r : random.nextInt(count)));
      for (Column column : columns.subList(1, columns.size())) {
        row.add(random.nextInt(nulls) == 0 ? "NULL" : column.type().literal(random));
      }
      rows.add(row);
    }
    Collections.shuffle(rows, random);
    return rows;
  }

  World with(int table, List<List<String>> rows) {
    List<Table> others = new ArrayList<>(tables);
    others.set(table, tables.get(table).withRows(rows));
    return new World(others, variant);
  }

  /** Statements that make it. */
  List<String> script() {
    List<String> script = new ArrayList<>();
    for (Table table : tables) {
      script.add(table.create());
      if (!table.rows().isEmpty()) {
        script.add(table.insert(table.rows()));
      }
    }
    return script;
  }
}

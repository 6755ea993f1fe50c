package org.kalamdb.suite;

import static org.kalamdb.suite.Sql.refused;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.kalamdb.suite.AddedColumns.Column;
import org.kalamdb.suite.AddedColumns.Family;
import org.kalamdb.suite.TableModelProperties.Model;

/** One random ALTER TABLE at a time, done to a table and to the models of all its users. */
final class ColumnChanges {
  private static final int MOST = 6;

  private final Random random;
  private final Consumer<String> database;
  private final Collection<Model> models;
  private final boolean mayFail;
  private final boolean whole;
  private AddedColumns columns;
  private boolean wroteAnew;

  /**
   * @param database executes a statement
   * @param mayFail whether statements may be tried that are refused, which aborts a transaction
   * @param whole whether the table takes indexes, and actions that write its rows anew
   */
  ColumnChanges(
      Random random,
      Consumer<String> database,
      Collection<Model> models,
      AddedColumns columns,
      boolean mayFail,
      boolean whole) {
    this.whole = whole;
    this.random = random;
    this.mayFail = mayFail;
    this.database = database;
    this.models = models;
    this.columns = columns;
  }

  /** The columns there are afterwards. */
  AddedColumns columns() {
    return columns;
  }

  /** Whether all rows may have been written anew, and none of those that had gone. */
  boolean wroteAnew() {
    return wroteAnew;
  }

  /** Does one of the actions; returns it. */
  String next() {
    int pick = random.nextInt(15);
    if (columns.isEmpty() || (pick < 4 && columns.columns().size() < MOST)) {
      return add();
    }
    int index = random.nextInt(columns.columns().size());
    Column column = columns.columns().get(index);
    return switch (pick) {
      case 4 -> drop(index, column);
      case 5 -> rename(index, column);
      case 6, 7 -> defaulting(index, column);
      case 8, 9 -> nullability(index, column);
      case 10 -> index(index, column);
      case 11 -> written(index, column);
      case 12 -> compression(column);
      default -> widen(index, column);
    };
  }

  private void run(String sql, AddedColumns after, UnaryOperator<Object[]> rows) {
    database.accept(sql);
    columns = after;
    models.forEach(model -> model.replaceRows(rows));
  }

  private String add() {
    Family family = Family.values()[random.nextInt(Family.values().length)];
    String name = "x" + columns.made();
    if (whole && random.nextInt(8) == 0) {
      Column column = new Column(name, Family.WHOLE, 1, null, false, true, false);
      String sql =
          "ALTER TABLE m.t ADD COLUMN " + name + " INTEGER GENERATED ALWAYS AS (a * 2) STORED";
      database.accept(sql);
      columns = columns.plus(column);
      models.forEach(Model::computeAnew);
      models.forEach(Model::forgetDeleted);
      wroteAnew = true;
      return sql;
    }
    boolean hasDefault = random.nextInt(3) > 0;
    boolean notNull = hasDefault && random.nextBoolean();
    int step = random.nextInt(Math.min(2, family.steps()));
    Object initial = hasDefault ? family.next(step, random) : null;
    Column column = new Column(name, family, step, initial, notNull, false, false);
    String sql =
        "ALTER TABLE m.t ADD COLUMN "
            + name
            + " "
            + column.type()
            + (notNull ? " NOT NULL" : "")
            + (hasDefault ? " DEFAULT " + Column.literal(initial) : "");
    run(sql, columns.plus(column), AddedColumns.appending(initial));
    return sql;
  }

  private String drop(int index, Column column) {
    String sql = "ALTER TABLE m.t DROP COLUMN " + column.name();
    run(sql, columns.without(index), columns.removing(index));
    return sql;
  }

  private String rename(int index, Column column) {
    String name = column.name() + "r";
    String sql = "ALTER TABLE m.t RENAME COLUMN " + column.name() + " TO " + name;
    run(sql, columns.with(index, column.named(name)), row -> row);
    return sql;
  }

  private String defaulting(int index, Column column) {
    if (column.computed()) {
      return "nothing";
    }
    boolean drop = random.nextInt(3) == 0 && !column.notNull();
    Object initial = drop ? null : column.family().next(column.step(), random);
    String sql =
        "ALTER TABLE m.t ALTER COLUMN "
            + column.name()
            + (drop ? " DROP DEFAULT" : " SET DEFAULT " + Column.literal(initial));
    run(sql, columns.with(index, column.withInitial(initial)), row -> row);
    return sql;
  }

  private String nullability(int index, Column column) {
    if (column.computed()) {
      return "nothing";
    }
    String alter = "ALTER TABLE m.t ALTER COLUMN " + column.name();
    if (column.notNull()) {
      run(alter + " DROP NOT NULL", columns.with(index, column.asNotNull(false)), row -> row);
      return alter + " DROP NOT NULL";
    }
    boolean hasNull =
        models.stream()
            .flatMap(model -> model.rows().values().stream())
            .anyMatch(row -> row[columns.position(index)] == null);
    if (hasNull || column.initial() == null) {
      if (hasNull && mayFail) {
        refused("23502", () -> database.accept(alter + " SET NOT NULL"));
      }
      return alter + " SET NOT NULL, refused or left";
    }
    run(alter + " SET NOT NULL", columns.with(index, column.asNotNull(true)), row -> row);
    return alter + " SET NOT NULL";
  }

  private String index(int index, Column column) {
    if (column.indexed() || !whole) {
      return "nothing";
    }
    String using = random.nextInt(3) == 0 ? " USING BLOOM" : "";
    String sql = "CREATE INDEX ON m.t (" + column.name() + ")" + using;
    run(sql, columns.with(index, column.asIndexed()), row -> row);
    return sql;
  }

  private String compression(Column column) {
    if (!whole) {
      return "nothing";
    }
    String codec = List.of("zstd", "snappy", "none", "default").get(random.nextInt(4));
    String sql = "ALTER TABLE m.t ALTER COLUMN " + column.name() + " SET COMPRESSION " + codec;
    run(sql, columns, row -> row);
    return sql;
  }

  private String widen(int index, Column column) {
    if (column.computed() || column.step() + 1 >= column.family().steps()) {
      return "nothing";
    }
    Column wider = column.widened();
    String sql = "ALTER TABLE m.t ALTER COLUMN " + column.name() + " TYPE " + wider.type();
    UnaryOperator<Object> change = value -> wider.family().widened(value, wider.step());
    boolean anew = column.indexed();
    run(sql, columns.with(index, wider), columns.changing(index, change));
    if (anew) {
      models.forEach(Model::mayForgetDeleted);
      wroteAnew = true;
    }
    return sql;
  }

  /** Another type, for which all rows are written anew. */
  private String written(int index, Column column) {
    if (!whole
        || column.computed()
        || column.family() != Family.WHOLE
        || column.initial() != null) {
      return "nothing";
    }
    Column text =
        new Column(column.name(), Family.WORDS, 2, null, column.notNull(), false, column.indexed());
    String sql =
        "ALTER TABLE m.t ALTER COLUMN "
            + column.name()
            + " TYPE TEXT USING '#' || "
            + column.name();
    UnaryOperator<Object> change =
        value -> "#" + (value instanceof BigDecimal d ? d.toPlainString() : value.toString());
    run(sql, columns.with(index, text), columns.changing(index, change));
    models.forEach(Model::forgetDeleted);
    wroteAnew = true;
    return sql;
  }
}

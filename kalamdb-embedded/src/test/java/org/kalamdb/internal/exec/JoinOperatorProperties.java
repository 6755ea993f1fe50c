package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.schema.DataType;

/** Joins of every type against nested loops over lists. */
class JoinOperatorProperties {
  private enum Keys {
    NONE,
    INTEGER,
    TEXT,
    BOTH,
    INTEGERS
  }

  @Property(tries = 150)
  void join_randomTables_equalsNestedLoops(
      @ForAll JoinType type, @ForAll Keys keys, @ForAll boolean residual, @ForAll long seed) {
    if (type == JoinType.SINGLE
        || (type == JoinType.MARK && (keys == Keys.BOTH || keys == Keys.INTEGERS) && !residual)) {
      return;
    }
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed)) {
      List<@Nullable Object[]> left = fill(bed, "l", random);
      List<@Nullable Object[]> right = fill(bed, "r", random);
      Join join =
          join(
              type,
              bed.shared("l", List.of(0), COLUMNS),
              bed.shared("r", List.of(0), COLUMNS),
              keys,
              residual);
      boolean restricts = type == JoinType.SEMI || type == JoinType.ANTI;
      join = restricts && random.nextBoolean() ? join.holdingLeft() : join;

      List<List<@Nullable Object>> rows = bed.run(join, List.of(), CancelToken.create());

      assertThat(rows)
          .containsExactlyInAnyOrderElementsOf(expected(type, left, right, keys, residual));
    }
  }

  private static final Object[] COLUMNS = {
    "id", DataType.INTEGER, "a", DataType.INTEGER, "b", DataType.TEXT
  };

  private static List<@Nullable Object[]> fill(TestBed bed, String name, Random random) {
    TableDefinition table =
        InMemoryTableReader.table(org.kalamdb.schema.TableType.SHARED, name, List.of(0), COLUMNS);
    int rows = random.nextInt(4) == 0 ? 0 : random.nextInt(60);
    for (int i = 0; i < rows; i++) {
      Integer a = random.nextInt(6) == 0 ? null : random.nextInt(8);
      String b = random.nextInt(6) == 0 ? null : "text number " + random.nextInt(5);
      bed.reader().insert(table, null, i, a, b);
    }
    return bed.reader().rows(table);
  }

  private static Join join(
      JoinType type, TableDefinition left, TableDefinition right, Keys keys, boolean residual) {
    LogicalPlan l = Scan.of(0, left, "l", List.of(0, 1, 2));
    LogicalPlan r = Scan.of(1, right, "r", List.of(0, 1, 2));
    List<Join.EquiKey> equal = new ArrayList<>();
    if (keys == Keys.INTEGERS) {
      equal.add(new Join.EquiKey(column(0, DataType.INTEGER), column(1, DataType.INTEGER)));
    }
    if (keys == Keys.INTEGER || keys == Keys.BOTH || keys == Keys.INTEGERS) {
      equal.add(new Join.EquiKey(column(1, DataType.INTEGER), column(1, DataType.INTEGER)));
    }
    if (keys == Keys.TEXT || keys == Keys.BOTH) {
      equal.add(new Join.EquiKey(column(2, DataType.TEXT), column(2, DataType.TEXT)));
    }
    Expression condition =
        residual
            ? new Comparison(
                ComparisonOperator.LESS, column(1, DataType.INTEGER), column(3, DataType.INTEGER))
            : null;
    return new Join(type, l, r, equal, condition, type.marks() ? "mark" : "");
  }

  private static Column column(int index, DataType type) {
    return new Column(index, type, "c" + index);
  }

  /** True, false or null. */
  private static @Nullable Boolean matches(
      @Nullable Object[] l, @Nullable Object[] r, Keys keys, boolean residual) {
    Boolean result = true;
    if (keys == Keys.INTEGERS) {
      result = and(result, equal(l[0], r[1]));
    }
    if (keys == Keys.INTEGER || keys == Keys.BOTH || keys == Keys.INTEGERS) {
      result = and(result, equal(l[1], r[1]));
    }
    if (keys == Keys.TEXT || keys == Keys.BOTH) {
      result = and(result, equal(l[2], r[2]));
    }
    if (residual) {
      result =
          and(
              result,
              l[1] == null ? null : (Integer) l[1] < (Integer) Objects.requireNonNull(r[0]));
    }
    return result;
  }

  private static @Nullable Boolean equal(@Nullable Object a, @Nullable Object b) {
    return a == null || b == null ? null : a.equals(b);
  }

  private static @Nullable Boolean and(@Nullable Boolean a, @Nullable Boolean b) {
    if (Boolean.FALSE.equals(a) || Boolean.FALSE.equals(b)) {
      return false;
    }
    return a == null || b == null ? null : true;
  }

  private static List<List<@Nullable Object>> expected(
      JoinType type,
      List<@Nullable Object[]> left,
      List<@Nullable Object[]> right,
      Keys keys,
      boolean residual) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    boolean[] rightMatched = new boolean[right.size()];
    for (@Nullable Object[] l : left) {
      boolean matched = false;
      boolean unknown = false;
      for (int i = 0; i < right.size(); i++) {
        Boolean match = matches(l, right.get(i), keys, residual);
        if (type == JoinType.MARK
            && residual
            && !Boolean.TRUE.equals(matches(l, right.get(i), keys, false))) {
          match = false; // beside a residual the keys only choose candidates
        }
        unknown |= match == null;
        if (Boolean.TRUE.equals(match)) {
          matched = true;
          rightMatched[i] = true;
          if (type.showsRight()) {
            rows.add(pair(l, right.get(i)));
          }
        }
      }
      if (type == JoinType.MARK) {
        rows.add(marked(l, matched ? Boolean.TRUE : unknown ? null : Boolean.FALSE));
      } else if (type == JoinType.EXISTS) {
        rows.add(marked(l, matched));
      } else if (type == JoinType.SEMI ? matched : type == JoinType.ANTI && !matched) {
        rows.add(Arrays.asList(l));
      } else if (!matched && type.keepsLeft()) {
        rows.add(pair(l, new Object[3]));
      }
    }
    for (int i = 0; i < right.size(); i++) {
      if (type.keepsRight() && !rightMatched[i]) {
        rows.add(pair(new Object[3], right.get(i)));
      }
    }
    return rows;
  }

  private static List<@Nullable Object> pair(@Nullable Object[] l, @Nullable Object[] r) {
    List<@Nullable Object> row = new ArrayList<>(Arrays.asList(l));
    row.addAll(Arrays.asList(r));
    return row;
  }

  private static List<@Nullable Object> marked(@Nullable Object[] l, @Nullable Boolean mark) {
    List<@Nullable Object> row = new ArrayList<>(Arrays.asList(l));
    row.add(mark);
    return row;
  }
}

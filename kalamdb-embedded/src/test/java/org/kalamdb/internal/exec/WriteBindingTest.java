package org.kalamdb.internal.exec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.internal.exec.TestBed.row;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundDelete;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundInsert;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundUpdate;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.ExpressionPrinter;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/** What the writer gets for INSERT, UPDATE, DELETE, and the live engine for SUBSCRIBE. */
class WriteBindingTest {
  private final TestBed bed = ChatTables.open();

  @AfterEach
  void closeChecksLeaks() {
    bed.close();
  }

  private List<String> names(LogicalPlan plan) {
    return plan.columns().stream().map(PlanColumn::name).toList();
  }

  @Test
  void insert_values_givesRowsCoercedToColumns() {
    BoundInsert insert =
        (BoundInsert)
            bed.bind("INSERT INTO orders (amount, id, note) VALUES (5, ?, DEFAULT), ('1.2', 7, ?)");
    assertThat(insert.targetColumns()).containsExactly(2, 0, 3);
    assertThat(insert.source()).isNull();
    assertThat(requireNonNull(insert.rows()).get(0))
        .containsExactly(
            new InsertItem(new Expression.Literal(new BigDecimal("5.00"), DataType.decimal(10, 2))),
            new InsertItem(new Expression.Parameter(0, DataType.BIGINT)),
            InsertItem.DEFAULT);
    assertThat(insert.parameterTypes()).containsExactly(DataType.BIGINT, DataType.varchar(20));
  }

  @Test
  void insert_fewerValuesThanColumns_fillsTheFirst() {
    BoundInsert insert = (BoundInsert) bed.bind("INSERT INTO users VALUES (1, 'x')");
    assertThat(insert.targetColumns()).containsExactly(0, 1);
  }

  @Test
  void insert_defaultValues_isOneEmptyRow() {
    BoundInsert insert = (BoundInsert) bed.bind("INSERT INTO users DEFAULT VALUES");
    assertThat(insert.targetColumns()).isEmpty();
    assertThat(insert.rows()).containsExactly(List.of());
  }

  @Test
  void insert_select_coercesSource() {
    BoundInsert insert =
        (BoundInsert)
            bed.bind("INSERT INTO orders (id, note) SELECT id, name FROM users WHERE id = 1");
    assertThat(insert.rows()).isNull();
    assertThat(bed.run(requireNonNull(insert.source()), List.of(), CancelToken.create()))
        .containsExactly(row(1L, "ann"));
  }

  @Test
  void insert_onConflictReturning_bindsExcluded() {
    BoundInsert insert =
        (BoundInsert)
            bed.bind(
                "INSERT INTO users (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name ="
                    + " excluded.name || users.name WHERE users.age > 3 RETURNING id, upper(name) AS n, *");
    assertThat(requireNonNull(insert.conflict()).assignedColumns()).containsExactly(1);
    // Row layout of users: id, name, age, _seq, _deleted; then the proposed id, name, age.
    assertThat(requireNonNull(insert.conflict()).values().get(0))
        .asString()
        .contains("index=6")
        .contains("index=1");
    assertThat(requireNonNull(insert.returning()).columns())
        .extracting("name")
        .containsExactly("id", "n", "id", "name", "age");
  }

  @Test
  void update_source_hasRowLocationAndNewValues() {
    BoundUpdate update =
        (BoundUpdate) bed.bind("UPDATE users SET age = age + 1, name = DEFAULT WHERE id = 1");
    assertThat(names(update.source()))
        .containsExactly("id", "name", "age", "_seq", "_segment", "_segment_row", "age", "name");
    assertThat(update.assignedColumns()).containsExactly(2, 1);
    assertThat(update.updatesKey()).isFalse();
    assertThat(
            bed.run(
                org.kalamdb.internal.sql.optimize.Optimizer.standard(bed.allocator())
                    .optimize(update.source()),
                List.of(),
                CancelToken.create()))
        .containsExactly(row(1, "ann", (short) 31, 1L, 0L, 0L, (short) 32, null));
    assertThat(((BoundUpdate) bed.bind("UPDATE users SET id = id + 1")).updatesKey()).isTrue();
  }

  @Test
  void delete_source_hasRowLocation() {
    BoundDelete delete =
        (BoundDelete)
            bed.bind("DELETE FROM users WHERE id IN (SELECT user_id FROM orders WHERE amount > 7)");
    assertThat(names(delete.source()))
        .containsExactly("id", "name", "age", "_seq", "_segment", "_segment_row");
    assertThat(bed.run(delete.source(), List.of(), CancelToken.create()))
        .containsExactly(row(1, "ann", (short) 31, 1L, 0L, 0L));
  }

  @Test
  void bindDefault_text_isCoercedToColumn() {
    ColumnSchema column = new ColumnSchema(1, "n", DataType.BIGINT, true, null, null);
    assertThat(bed.binder().bindDefault("1 + 1", column).type()).isEqualTo(DataType.BIGINT);
    assertThat(bed.binder().bindDefault("'7'", column))
        .isEqualTo(new Expression.Literal(7L, DataType.BIGINT));
  }

  @Test
  void bindCheck_text_isOverRowLayout() {
    ColumnSchema a = new ColumnSchema(1, "a", DataType.INTEGER, true, null, null);
    ColumnSchema b = new ColumnSchema(2, "b", DataType.INTEGER, true, null, null);
    Expression check =
        bed.binder()
            .bindCheck("b > a", new org.kalamdb.schema.TableSchema(1, List.of(a, b), List.of(0)));
    assertThat(ExpressionPrinter.print(check)).isEqualTo("b > a");
    assertThat(check).asString().contains("index=1");
  }

  @Test
  void pointQuery_fullKey_isFound() {
    PointRead point =
        requireNonNull(
            PointRead.of(
                bed.optimized(
                        "SELECT content, _seq, id FROM messages WHERE id = ? AND conversation = 'a' AND content <> ''")
                    .plan()));
    assertThat(point.key())
        .containsExactly(
            new Expression.Literal("a", DataType.TEXT),
            new Expression.Parameter(0, DataType.BIGINT));
    assertThat(point.projection()).extracting("index").containsExactly(2, 3, 1);
    assertThat(ExpressionPrinter.print(requireNonNull(point.filter()))).isEqualTo("content <> ''");
    assertThat(PointRead.of(bed.optimized("SELECT * FROM users WHERE id = 1").plan())).isNotNull();
    assertThat(PointRead.of(bed.optimized("SELECT * FROM users WHERE id IN (1, 2)").plan()))
        .isNull();
    assertThat(
            PointRead.of(bed.optimized("SELECT * FROM messages WHERE conversation = 'a'").plan()))
        .isNull();
    assertThat(PointRead.of(bed.optimized("SELECT count(*) FROM users WHERE id = 1").plan()))
        .isNull();
  }

  @Test
  void writesByKey_readTheirRowWithoutBatches() {
    BoundUpdate update = (BoundUpdate) bed.bind("UPDATE users SET age = age + ? WHERE id = ?");
    PointRead point = requireNonNull(PointRead.of(bed.optimize(update.source())));
    int width = update.table().schema().columns().size();
    assertThat(point.projection().subList(width, width + 3))
        .extracting("index")
        .containsExactly(width, width + 2, width + 3);
    BoundDelete delete = (BoundDelete) bed.bind("DELETE FROM users WHERE id = 7 AND age > 3");
    assertThat(PointRead.of(bed.optimize(delete.source()))).isNotNull();
  }

  @Test
  void subscribe_filterAndProjection_areOverRowLayout() {
    BoundSubscription live =
        requireNonNull(
            bed.binder()
                .bindSubscription(
                    query("SELECT id, content, _seq FROM messages WHERE conversation = ?")));
    assertThat(live.projection()).extracting("index").containsExactly(1, 2, 3);
    assertThat(ExpressionPrinter.print(requireNonNull(live.filter())))
        .isEqualTo("conversation = $1");
    assertThat(live.parameterTypes()).containsExactly(DataType.TEXT);
    assertThat(live.columns()).extracting("name").containsExactly("id", "content", "_seq");
  }

  @Test
  void subscribe_otherQueries_areNotRowsOfOneTable() {
    for (String sql :
        List.of(
            "SELECT count(*) FROM messages",
            "SELECT DISTINCT id FROM messages",
            "SELECT * FROM messages ORDER BY id",
            "SELECT * FROM messages LIMIT 1",
            "SELECT * FROM messages m JOIN users u ON u.id = m.id",
            "SELECT 1",
            "SELECT * FROM messages WHERE id IN (SELECT id FROM users)",
            "SELECT 1 UNION SELECT 2")) {
      assertThat(bed.binder().bindSubscription(query(sql))).as(sql).isNull();
    }
    assertThat(bed.binder().bindSubscription(query("SELECT * FROM (SELECT * FROM messages) m")))
        .isNotNull();
  }

  private static org.kalamdb.internal.sql.parse.Query query(String sql) {
    return ((org.kalamdb.internal.sql.parse.SelectStatement) TestBed.parse(sql)).query();
  }

  @Test
  void resultColumns_plainColumns_knowTheirTable() {
    BoundQuery query = (BoundQuery) bed.bind("SELECT u.id, name || '' AS x FROM users u");
    assertThat(query.resultColumns().get(0).table()).hasToString("default.users");
    assertThat(query.resultColumns().get(0).nullable()).isFalse();
    assertThat(query.resultColumns().get(1).table()).isNull();
    assertThat(query.resultColumns().get(1).name()).isEqualTo("x");
  }
}

package org.kalamdb.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kalamdb.jdbc.ScriptedSession.column;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.jdbc.ScriptedSession.ScriptedResult;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

class KalamConnectionTest {
  private static final List<ResultColumn> ID_NAME =
      List.of(column("id", DataType.BIGINT), column("Name", DataType.varchar(10)));

  private ScriptedSession session = new ScriptedSession(null);
  private int handlesClosed;
  private Connection connection;

  @BeforeEach
  void connect() throws SQLException {
    connection = connect("jdbc:kalamdb:mem:t");
  }

  private Connection connect(String url) throws SQLException {
    Database database =
        new Database() {
          @Override
          public Session session(@Nullable String user) {
            session = new ScriptedSession(user);
            return session;
          }

          @Override
          public void close() {
            handlesClosed++;
          }
        };
    return Objects.requireNonNull(new KalamDriver(any -> database).connect(url, new Properties()));
  }

  private ScriptedResult twoRows(String sql) {
    return session.answer(sql, ID_NAME, new Object[] {1L, "a"}, new Object[] {2L, null});
  }

  @Test
  void serviceLoader_findsTheDriver() {
    assertThat(ServiceLoader.load(Driver.class)).hasAtLeastOneElementOfType(KalamDriver.class);
  }

  @Test
  void connect_userAndNamespace_reachTheSession() throws SQLException {
    Connection alice = connect("jdbc:kalamdb:/d?user=alice&namespace=chat");

    assertThat(alice.unwrap(Session.class).userId()).hasToString("alice");
    assertThat(alice.getSchema()).isEqualTo("chat");
    assertThat(alice.getMetaData().getUserName()).isEqualTo("alice");
  }

  @Test
  void connect_missingNamespace_leavesNothingOpen() {
    assertThatThrownBy(() -> connect("jdbc:kalamdb:/d?namespace=missing"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3F000"));
    assertThat(session.closed).isTrue();
    assertThat(handlesClosed).isEqualTo(1);
  }

  @Test
  void close_twice_givesTheHandleBackOnce() throws SQLException {
    PreparedStatement prepared = connection.prepareStatement("UPDATE t SET a = 1");

    connection.close();
    connection.close();

    assertThat(session.log).contains("CLOSE UPDATE t SET a = 1");
    assertThat(session.closed).isTrue();
    assertThat(handlesClosed).isEqualTo(1);
    assertThat(connection.isClosed()).isTrue();
    assertThat(connection.isValid(0)).isFalse();
    assertThat(prepared.isClosed()).isTrue();
    assertThatThrownBy(prepared::execute).isInstanceOf(SQLNonTransientConnectionException.class);
    assertThatThrownBy(connection::createStatement)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08003"));
  }

  @Test
  void abort_closesOnTheExecutor() throws SQLException {
    connection.abort(Runnable::run);

    assertThat(session.closed).isTrue();
    assertThat(handlesClosed).isEqualTo(1);
  }

  @Test
  void query_rows_streamWithTheirLabelsAndNulls() throws SQLException {
    ScriptedResult result = twoRows("SELECT * FROM t");
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM t")) {
      assertThatThrownBy(() -> rows.getInt(1))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("24000"));
      assertThat(rows.isBeforeFirst()).isTrue();
      assertThat(rows.next()).isTrue();
      assertThat(result.read).isEqualTo(1);
      assertThat(rows.getInt("ID")).isEqualTo(1);
      assertThat(rows.getString("name")).isEqualTo("a");
      assertThat(rows.wasNull()).isFalse();
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt(2)).isZero();
      assertThat(rows.wasNull()).isTrue();
      assertThat(rows.getObject("name", String.class)).isNull();
      assertThatThrownBy(() -> rows.getInt(3)).hasMessageContaining("out of range: 3");
      assertThatThrownBy(() -> rows.getInt("x")).isInstanceOf(SQLSyntaxErrorException.class);
      assertThat(rows.next()).isFalse();
      assertThat(rows.isAfterLast()).isTrue();
      assertThatThrownBy(rows::previous).isInstanceOf(SQLFeatureNotSupportedException.class);
    }
    assertThat(result.closed).isTrue();
  }

  @Test
  void metaData_ofResult_describesEachColumn() throws SQLException {
    session.answer(
        "SELECT 1",
        List.of(
            new ResultColumn(
                "total", DataType.decimal(10, 2), TableId.of("shop", "orders"), "amount", false),
            column("id", DataType.UUID)));
    try (PreparedStatement statement = connection.prepareStatement("SELECT 1")) {
      var meta = Objects.requireNonNull(statement.getMetaData());
      assertThat(meta.getColumnCount()).isEqualTo(2);
      assertThat(meta.getColumnLabel(1)).isEqualTo("total");
      assertThat(meta.getColumnName(1)).isEqualTo("amount");
      assertThat(meta.getTableName(1)).isEqualTo("orders");
      assertThat(meta.getSchemaName(1)).isEqualTo("shop");
      assertThat(meta.getColumnType(1)).isEqualTo(Types.DECIMAL);
      assertThat(meta.getPrecision(1)).isEqualTo(10);
      assertThat(meta.getScale(1)).isEqualTo(2);
      assertThat(meta.getColumnClassName(1)).isEqualTo("java.math.BigDecimal");
      assertThat(meta.isNullable(1)).isEqualTo(java.sql.ResultSetMetaData.columnNoNulls);
      assertThat(meta.getColumnTypeName(2)).isEqualTo("UUID");
      assertThat(meta.getTableName(2)).isEmpty();
    }
  }

  @Test
  void execute_severalStatements_stepsThroughTheirResults() throws SQLException {
    ScriptedResult first = twoRows("SELECT 1");
    ScriptedResult last = twoRows("SELECT 2");
    Statement statement = connection.createStatement();

    assertThat(statement.execute("SELECT 1; INSERT INTO t VALUES (1); SELECT 2")).isTrue();
    assertThat(first.closed).isTrue(); // in memory already
    assertThat(last.read).isZero();
    ResultSet rows = statement.getResultSet();
    assertThat(rows.next()).isTrue();
    assertThat(statement.getMoreResults()).isFalse();
    assertThat(rows.isClosed()).isTrue();
    assertThat(statement.getUpdateCount()).isEqualTo(1);
    assertThat(statement.getMoreResults()).isTrue();
    assertThat(statement.getMoreResults()).isFalse();
    assertThat(statement.getUpdateCount()).isEqualTo(-1);
    assertThat(last.closed).isTrue();
  }

  @Test
  void execute_again_closesTheResultBefore() throws SQLException {
    ScriptedResult result = twoRows("SELECT 1");
    Statement statement = connection.createStatement();
    ResultSet rows = statement.executeQuery("SELECT 1");

    statement.executeUpdate("DELETE FROM t");

    assertThat(result.closed).isTrue();
    assertThatThrownBy(rows::next).hasMessageContaining("closed");
  }

  @Test
  void maxRows_endsTheResultEarly() throws SQLException {
    ScriptedResult result = twoRows("SELECT 1");
    Statement statement = connection.createStatement();
    statement.setMaxRows(1);
    ResultSet rows = statement.executeQuery("SELECT 1");

    assertThat(rows.next()).isTrue();
    assertThat(rows.next()).isFalse();
    assertThat(result.read).isEqualTo(1);
  }

  @Test
  void closeOnCompletion_closesTheStatementWithItsResult() throws SQLException {
    twoRows("SELECT 1");
    Statement statement = connection.createStatement();
    statement.closeOnCompletion();

    statement.executeQuery("SELECT 1").close();

    assertThat(statement.isClosed()).isTrue();
  }

  @Test
  void manualCommit_beginsWithTheFirstStatementAndClosesResults() throws SQLException {
    ScriptedResult result = twoRows("SELECT 1");
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
    Statement statement = connection.createStatement();
    statement.execute("CREATE TABLE t (a INT)");
    assertThat(session.log).doesNotContain("BEGIN ISOLATION LEVEL SERIALIZABLE");

    statement.executeUpdate("INSERT INTO t VALUES (1)");
    ResultSet rows = statement.executeQuery("SELECT 1");
    connection.commit();
    connection.commit();

    assertThat(session.log)
        .containsExactly(
            "SET default_transaction_isolation = 'serializable'",
            "CREATE TABLE t (a INT)",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "INSERT INTO t VALUES (1)",
            "SELECT 1",
            "COMMIT");
    assertThat(result.closed).isTrue();
    assertThat(rows.isClosed()).isTrue();
  }

  @Test
  void setAutoCommit_backOn_commits() throws SQLException {
    connection.setAutoCommit(false);
    connection.createStatement().executeUpdate("DELETE FROM t");
    connection.setAutoCommit(true);

    assertThat(session.log).endsWith("COMMIT");
    assertThatThrownBy(connection::commit)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25P01"));
  }

  @Test
  void savepoints_belongToTheirTransaction() throws SQLException {
    connection.setAutoCommit(false);
    Savepoint named = connection.setSavepoint("a\"b");
    Savepoint numbered = connection.setSavepoint();
    connection.rollback(named);
    connection.releaseSavepoint(numbered);
    assertThatThrownBy(() -> connection.rollback(numbered))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3B001"));
    connection.rollback();

    assertThat(session.log)
        .containsExactly(
            "BEGIN",
            "SAVEPOINT \"a\"\"b\"",
            "SAVEPOINT \"savepoint_2\"",
            "ROLLBACK TO \"a\"\"b\"",
            "RELEASE \"savepoint_2\"",
            "ROLLBACK");
    connection.setSavepoint();
    assertThatThrownBy(() -> connection.rollback(named)).hasMessageContaining("does not belong");
  }

  @Test
  void readOnly_refusesWritesAndBeginsReadOnly() throws SQLException {
    twoRows("SELECT 1");
    connection.setReadOnly(true);
    Statement statement = connection.createStatement();
    assertThatThrownBy(() -> statement.executeUpdate("DELETE FROM t"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25006"));

    connection.setAutoCommit(false);
    statement.executeQuery("SELECT 1");

    assertThat(session.log)
        .containsExactly("SET default_transaction_read_only = on", "BEGIN READ ONLY", "SELECT 1");
    assertThatThrownBy(() -> connection.setReadOnly(false))
        .hasMessageContaining("within a transaction");
  }

  @Test
  void prepared_parameters_keepTheirValuesUntilCleared() throws SQLException {
    session.parameterTypes.put(
        "INSERT INTO t VALUES (?, ?)", List.of(DataType.INTEGER, DataType.TEXT));
    PreparedStatement statement = connection.prepareStatement("INSERT INTO t VALUES (?, ?)");
    statement.setObject(1, "5", Types.INTEGER);
    assertThatThrownBy(statement::executeUpdate).hasMessageContaining("parameter 2");
    statement.setCharacterStream(2, new java.io.StringReader("text"), 2);
    assertThat(statement.executeUpdate()).isEqualTo(1);
    statement.setString(2, "b");
    assertThat(statement.execute()).isFalse();
    assertThat(statement.getUpdateCount()).isEqualTo(1);

    assertThat(session.log)
        .contains("INSERT INTO t VALUES (?, ?)[5, te]", "INSERT INTO t VALUES (?, ?)[5, b]");
    statement.clearParameters();
    assertThatThrownBy(statement::execute).hasMessageContaining("parameter 1");
    assertThatThrownBy(() -> statement.setInt(3, 1)).hasMessageContaining("out of range: 3");
    assertThatThrownBy(statement::executeQuery).hasMessageContaining("no rows");
    assertThatThrownBy(() -> statement.execute("SELECT 1"))
        .hasMessageContaining("no other SQL text");
    assertThat(statement.getParameterMetaData().getParameterType(1)).isEqualTo(Types.INTEGER);
  }

  @Test
  void batch_preparedRows_runAsOne() throws SQLException {
    String sql = "INSERT INTO t VALUES (?)";
    session.parameterTypes.put(sql, List.of(DataType.INTEGER));
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < 3; i++) {
      statement.setInt(1, i);
      statement.addBatch();
    }

    assertThat(statement.executeBatch()).containsExactly(1, 1, 1);
    assertThat(session.log).contains(sql + " x 3");
    assertThat(statement.executeBatch()).isEmpty();

    session.failures.put(
        sql + " x 1", new KalamException(ErrorCode.UNIQUE_VIOLATION, "duplicate key"));
    statement.addBatch();
    assertThatThrownBy(statement::executeBatch)
        .isInstanceOfSatisfying(
            BatchUpdateException.class,
            e -> {
              assertThat(e.getUpdateCounts()).isEmpty();
              assertThat(e.getSQLState()).isEqualTo("23505");
              assertThat(e.getCause()).isInstanceOf(SQLIntegrityConstraintViolationException.class);
            });
  }

  @Test
  void batch_texts_stopAtTheFirstFailure() throws SQLException {
    session.failures.put("DELETE FROM b", new KalamException(ErrorCode.UNDEFINED_TABLE, "no b"));
    Statement statement = connection.createStatement();
    statement.addBatch("DELETE FROM a");
    statement.addBatch("DELETE FROM b");
    statement.addBatch("DELETE FROM c");

    assertThatThrownBy(statement::executeBatch)
        .isInstanceOfSatisfying(
            BatchUpdateException.class, e -> assertThat(e.getUpdateCounts()).containsExactly(1));
    assertThat(session.log).containsExactly("DELETE FROM a", "DELETE FROM b");
  }

  @Test
  void generatedKeys_areThePrimaryKeyOrWhatIsNamed() throws SQLException {
    TableId table = TableId.of("default", "t");
    List<ResultColumn> columns =
        List.of(
            new ResultColumn("name", DataType.TEXT, table, "name", true),
            new ResultColumn("id", DataType.BIGINT, table, "id", false));
    session.answer(
        "INSERT INTO t (name) VALUES ('a')\nRETURNING *", columns, new Object[] {"a", 7L});
    describe("DESCRIBE \"default\".\"t\"");
    Statement statement = connection.createStatement();

    assertThat(
            statement.executeUpdate(
                "INSERT INTO t (name) VALUES ('a')", Statement.RETURN_GENERATED_KEYS))
        .isEqualTo(1);
    ResultSet keys = statement.getGeneratedKeys();
    assertThat(keys.getMetaData().getColumnCount()).isEqualTo(1);
    assertThat(keys.next()).isTrue();
    assertThat(keys.getLong(1)).isEqualTo(7);

    session.answer(
        "INSERT INTO t (name) VALUES ('a')\nRETURNING *", columns, new Object[] {"a", 7L});
    statement.executeUpdate("INSERT INTO t (name) VALUES ('a')", new String[] {"ID", "NAME"});
    ResultSet named = statement.getGeneratedKeys();
    assertThat(named.next()).isTrue();
    assertThat(named.getString(2)).isEqualTo("a");
  }

  private void describe(String sql) {
    session.answer(
        sql,
        List.of(
            column("column_name", DataType.TEXT),
            column("data_type", DataType.TEXT),
            column("nullable", DataType.BOOLEAN),
            column("default", DataType.TEXT),
            column("primary_key", DataType.INTEGER)),
        new Object[] {"name", "VARCHAR(10)", true, null, null},
        new Object[] {"id", "BIGINT", false, "SNOWFLAKE_ID()", 1});
  }

  @Test
  void databaseMetaData_readsTheCatalog() throws SQLException {
    List<ResultColumn> tables =
        List.of(
            column("namespace", DataType.TEXT),
            column("table_name", DataType.TEXT),
            column("table_type", DataType.TEXT));
    session.answer(
        "SHOW NAMESPACES", List.of(column("namespace", DataType.TEXT)), new Object[] {"default"});
    session.answer(
        "SHOW TABLES IN \"default\"",
        tables,
        new Object[] {"default", "t", "USER"},
        new Object[] {"default", "u", "SHARED"});
    describe("DESCRIBE \"default\".\"t\"");

    try (ResultSet found =
        connection
            .getMetaData()
            .getTables(
                null, null, "T".toLowerCase(java.util.Locale.ROOT), new String[] {"TABLE"})) {
      assertThat(found.next()).isTrue();
      assertThat(found.getString("TABLE_NAME")).isEqualTo("t");
      assertThat(found.getString("REMARKS")).isEqualTo("USER table");
      assertThat(found.next()).isFalse();
    }
    twoTables(tables);
    try (ResultSet columns = connection.getMetaData().getColumns(null, "default", "t", "%")) {
      assertThat(columns.next()).isTrue();
      assertThat(columns.getString("COLUMN_NAME")).isEqualTo("name");
      assertThat(columns.getInt("COLUMN_SIZE")).isEqualTo(10);
      assertThat(columns.next()).isTrue();
      assertThat(columns.getInt("DATA_TYPE")).isEqualTo(Types.BIGINT);
      assertThat(columns.getString("IS_NULLABLE")).isEqualTo("NO");
      assertThat(columns.getString("COLUMN_DEF")).isEqualTo("SNOWFLAKE_ID()");
    }
    twoTables(tables);
    try (ResultSet key = connection.getMetaData().getPrimaryKeys(null, null, "t")) {
      assertThat(key.next()).isTrue();
      assertThat(key.getString("COLUMN_NAME")).isEqualTo("id");
      assertThat(key.getShort("KEY_SEQ")).isEqualTo((short) 1);
    }
    try (ResultSet types = connection.getMetaData().getTypeInfo()) {
      int count = 0;
      while (types.next()) {
        count++;
      }
      assertThat(count).isEqualTo(DataType.Kind.values().length - 1);
    }
    assertThatThrownBy(() -> connection.getMetaData().getImportedKeys(null, null, "t"))
        .isInstanceOf(SQLFeatureNotSupportedException.class);
  }

  /** Scripted results are read once. */
  private void twoTables(List<ResultColumn> tables) {
    session.answer(
        "SHOW NAMESPACES", List.of(column("namespace", DataType.TEXT)), new Object[] {"default"});
    session.answer("SHOW TABLES IN \"default\"", tables, new Object[] {"default", "t", "USER"});
    describe("DESCRIBE \"default\".\"t\"");
  }

  @Test
  void failures_becomeTheSubclassOfTheirState() throws SQLException {
    session.failures.put(
        "DELETE FROM a", new KalamException(ErrorCode.SERIALIZATION_FAILURE, "conflict"));
    session.failures.put(
        "DELETE FROM b", new KalamException(ErrorCode.FEATURE_NOT_SUPPORTED, "not yet").at(1, 8));
    Statement statement = connection.createStatement();

    assertThatThrownBy(() -> statement.executeUpdate("DELETE FROM a"))
        .isInstanceOf(SQLTransactionRollbackException.class)
        .hasMessage("conflict")
        .hasCauseInstanceOf(KalamException.class);
    assertThatThrownBy(() -> statement.executeUpdate("DELETE FROM b"))
        .isInstanceOf(SQLFeatureNotSupportedException.class)
        .hasMessage("not yet (line 1, column 8)");
  }

  @Test
  void unsupported_isRefusedAndNotIgnored() throws SQLException {
    Statement statement = connection.createStatement();
    List<org.assertj.core.api.ThrowableAssert.ThrowingCallable> refused =
        List.of(
            () -> statement.setMaxFieldSize(1),
            () -> connection.prepareCall("{call x}"),
            () -> connection.setHoldability(ResultSet.HOLD_CURSORS_OVER_COMMIT),
            () ->
                connection.createStatement(
                    ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY),
            () ->
                connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE),
            () -> connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED),
            () -> connection.setNetworkTimeout(Runnable::run, 5),
            connection::createBlob);
    for (var call : refused) {
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(
              SQLFeatureNotSupportedException.class,
              e -> assertThat(e.getSQLState()).isEqualTo("0A000"));
    }
    assertThatThrownBy(() -> connection.unwrap(Thread.class)).isInstanceOf(SQLException.class);
  }
}

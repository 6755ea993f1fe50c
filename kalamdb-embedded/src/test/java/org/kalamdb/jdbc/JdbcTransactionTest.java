package org.kalamdb.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Savepoint;
import java.sql.Statement;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JDBC's transaction modes on the real engine. */
class JdbcTransactionTest {
  private static final String URL = "jdbc:kalamdb:mem:jdbc_transaction";

  private Connection first;
  private Connection second;

  @BeforeEach
  void open() throws SQLException {
    first = DriverManager.getConnection(URL);
    second = DriverManager.getConnection(URL);
    run(first, "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    run(first, "INSERT INTO t VALUES (1, 10), (2, 20)");
  }

  @AfterEach
  void close() throws SQLException {
    second.close();
    first.close();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String value(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(rows.next()).isTrue();
      String value = rows.getString(1);
      assertThat(rows.next()).isFalse();
      return value;
    }
  }

  private static Throwable refused(String state, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).as("expected " + state).isInstanceOf(SQLException.class);
    assertThat(((SQLException) thrown).getSQLState()).as(thrown.toString()).isEqualTo(state);
    return thrown;
  }

  @Test
  void commit_ofTheLoser_isARollbackException() throws SQLException {
    first.setAutoCommit(false);
    second.setAutoCommit(false);
    run(first, "UPDATE t SET v = 11 WHERE id = 1");
    run(second, "UPDATE t SET v = 12 WHERE id = 1");
    first.commit();
    assertThat(refused("40001", second::commit))
        .isInstanceOf(SQLTransactionRollbackException.class);
    // The transaction is over; the next statement begins another.
    assertThat(value(second, "SELECT v FROM t WHERE id = 1")).isEqualTo("11");
    run(second, "UPDATE t SET v = 12 WHERE id = 1");
    second.commit();
    first.rollback();
    assertThat(value(first, "SELECT v FROM t WHERE id = 1")).isEqualTo("12");
  }

  @Test
  void serializable_refusesWriteSkew_andRepeatableReadDoesNot() throws SQLException {
    for (int level :
        new int[] {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE}) {
      for (Connection connection : new Connection[] {first, second}) {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(level);
        assertThat(connection.getTransactionIsolation()).isEqualTo(level);
        value(connection, "SELECT sum(v) FROM t");
      }
      run(first, "UPDATE t SET v = v + 1 WHERE id = 1");
      run(second, "UPDATE t SET v = v + 1 WHERE id = 2");
      first.commit();
      if (level == Connection.TRANSACTION_SERIALIZABLE) {
        refused("40001", second::commit);
      } else {
        second.commit();
      }
    }
  }

  @Test
  void isolation_decidesWhatASecondReadSees() throws SQLException {
    first.setAutoCommit(false);
    first.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    value(first, "SELECT v FROM t WHERE id = 1");
    run(second, "UPDATE t SET v = 11 WHERE id = 1");
    assertThat(value(first, "SELECT v FROM t WHERE id = 1")).isEqualTo("11");
    refused("25001", () -> first.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE));
    first.commit();
    first.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    value(first, "SELECT v FROM t WHERE id = 1");
    run(second, "UPDATE t SET v = 12 WHERE id = 1");
    assertThat(value(first, "SELECT v FROM t WHERE id = 1")).isEqualTo("11");
    refused("0A000", () -> second.setTransactionIsolation(Connection.TRANSACTION_NONE));
    refused("0A000", () -> second.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED));
  }

  @Test
  void savepoints_namedAndNot_goBackAsFarAsAsked() throws SQLException {
    refused("25P01", () -> first.setSavepoint("early"));
    first.setAutoCommit(false);
    run(first, "INSERT INTO t VALUES (3, 30)");
    Savepoint named = first.setSavepoint("My \"point\"");
    run(first, "INSERT INTO t VALUES (4, 40)");
    Savepoint unnamed = first.setSavepoint();
    run(first, "INSERT INTO t VALUES (5, 50)");
    assertThat(named.getSavepointName()).isEqualTo("My \"point\"");
    assertThat(unnamed.getSavepointId()).isPositive();
    refused("3B001", named::getSavepointId);
    refused("3B001", unnamed::getSavepointName);

    first.rollback(unnamed);
    assertThat(value(first, "SELECT count(*) FROM t")).isEqualTo("4");
    // An error spoils the transaction, and going back mends it.
    refused("23505", () -> run(first, "INSERT INTO t VALUES (1, 0)"));
    refused("25P02", () -> value(first, "SELECT count(*) FROM t"));
    first.rollback(named);
    assertThat(value(first, "SELECT count(*) FROM t")).isEqualTo("3");
    // What came after a savepoint one went back to is gone; asking for it spoils the transaction.
    refused("3B001", () -> first.rollback(unnamed));
    first.rollback(named);
    first.releaseSavepoint(first.setSavepoint());
    first.releaseSavepoint(named);
    refused("3B001", () -> first.rollback(named));
    assertThat(value(first, "SELECT count(*) FROM t")).isEqualTo("3");
    first.rollback();
    refused("3B001", () -> first.releaseSavepoint(named));
    assertThat(value(second, "SELECT count(*) FROM t")).isEqualTo("2");
  }

  @Test
  void rollbackTo_ofAReleasedSavepoint_leavesTheTransactionUsable() throws SQLException {
    first.setAutoCommit(false);
    Savepoint outer = first.setSavepoint("outer");
    Savepoint inner = first.setSavepoint("inner");
    run(first, "INSERT INTO t VALUES (3, 30)");
    first.releaseSavepoint(outer);
    refused("3B001", () -> first.rollback(inner));
    first.rollback();
    assertThat(value(first, "SELECT count(*) FROM t")).isEqualTo("2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t VALUES (3, 30)",
        "WITH moved AS (DELETE FROM t RETURNING id) SELECT count(*) FROM moved",
        "UPDATE t SET v = 0",
        "CREATE TABLE other (id INT PRIMARY KEY)",
        "CREATE TABLE other AS SELECT * FROM t",
        "ALTER TABLE t ADD w INT",
        "DROP TABLE t",
        "TRUNCATE t",
        "CREATE INDEX t_v ON t (v)",
        "CREATE NAMESPACE n",
      })
  void readOnly_refusesEveryWrite(String sql) throws SQLException {
    first.setReadOnly(true);
    assertThat(first.isReadOnly()).isTrue();
    refused("25006", () -> run(first, sql));
    // The same when the text is handed to the engine without a look at it.
    try (org.kalamdb.Session session = first.unwrap(org.kalamdb.Session.class)) {
      Throwable thrown = catchThrowable(() -> session.query(sql).close());
      assertThat(thrown)
          .isInstanceOfSatisfying(
              org.kalamdb.error.KalamException.class,
              e -> assertThat(e.sqlState()).as(e.toString()).isEqualTo("25006"));
    }
    assertThat(value(second, "SELECT count(*) FROM t")).isEqualTo("2");
  }

  @Test
  void readOnly_isForTheWholeTransactionAndCanEnd() throws SQLException {
    first.setAutoCommit(false);
    first.setReadOnly(true);
    value(first, "SELECT count(*) FROM t");
    refused("25001", () -> first.setReadOnly(false));
    refused("25006", () -> run(first, "INSERT INTO t VALUES (3, 30)"));
    first.rollback();
    first.setReadOnly(false);
    run(first, "INSERT INTO t VALUES (3, 30)");
    first.commit();
    assertThat(value(second, "SELECT count(*) FROM t")).isEqualTo("3");
  }

  @Test
  void autoCommit_switchedOn_commitsAndErrorsOfThatComeOut() throws SQLException {
    first.setAutoCommit(false);
    run(first, "UPDATE t SET v = 11 WHERE id = 1");
    assertThat(value(second, "SELECT v FROM t WHERE id = 1")).isEqualTo("10");
    first.setAutoCommit(true);
    assertThat(value(second, "SELECT v FROM t WHERE id = 1")).isEqualTo("11");
    refused("25P01", first::commit);
    refused("25P01", first::rollback);

    first.setAutoCommit(false);
    run(first, "UPDATE t SET v = 12 WHERE id = 1");
    run(second, "UPDATE t SET v = 13 WHERE id = 1");
    refused("40001", () -> first.setAutoCommit(true));
    assertThat(value(first, "SELECT v FROM t WHERE id = 1")).isEqualTo("13");
  }

  @Test
  void close_withAnOpenTransaction_rollsBack() throws SQLException {
    Connection third = DriverManager.getConnection(URL);
    third.setAutoCommit(false);
    run(third, "DELETE FROM t");
    third.close();
    third.close();
    assertThat(refused("08003", () -> third.commit()))
        .isInstanceOf(SQLNonTransientConnectionException.class);
    refused("08003", () -> third.setSavepoint());
    refused("08003", () -> third.setReadOnly(true));
    refused("08003", () -> third.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE));
    assertThat(value(first, "SELECT count(*) FROM t")).isEqualTo("2");
    assertThat(value(first, "SELECT count(*) FROM system.transactions")).isEqualTo("0");
  }

  @Test
  void url_givesTheFirstSettings() throws SQLException {
    try (Connection third =
        DriverManager.getConnection(
            URL + "?durability=interval:70&isolation=serializable&readOnly=true")) {
      assertThat(third.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
      assertThat(third.isReadOnly()).isTrue();
      assertThat(value(third, "SHOW durability")).isEqualTo("interval(70)");
      assertThat(value(third, "SHOW default_transaction_isolation")).isEqualTo("serializable");
      assertThat(value(third, "SHOW default_transaction_read_only")).isEqualTo("on");
      third.setAutoCommit(false);
      assertThat(value(third, "SELECT count(*) FROM t")).isEqualTo("2");
      assertThat(
              value(
                  first,
                  "SELECT isolation || read_only FROM system.transactions WHERE state = 'idle'"))
          .isEqualTo("serializabletrue");
    }
    assertThat(value(first, "SHOW durability")).isEqualTo("sync");
  }

  @ParameterizedTest
  @CsvSource({"durability=fast, durability", "isolation=none, isolation", "readOnly=1, readOnly"})
  void url_badSetting_is08001NamingTheKey(String setting, String key) {
    assertThat(refused("08001", () -> DriverManager.getConnection(URL + "?" + setting)))
        .hasMessageContaining(key);
  }

  @ParameterizedTest
  @CsvSource({
    "INTERVAL(100), interval(100)",
    "interval ( 7 ), interval(7)",
    "'''interval(100)''', interval(100)",
    "'''interval:5''', interval(5)",
    "NONE, none",
    "sync, sync",
    "DEFAULT, sync"
  })
  void setDurability_takesEachForm(String written, String shown) throws SQLException {
    run(first, "SET DURABILITY = " + written);
    assertThat(value(first, "SHOW durability")).isEqualTo(shown);
    run(first, "SET durability TO " + written);
    assertThat(value(first, "SHOW durability")).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "INTERVAL, 42601",
    "INTERVAL(), 42601",
    "INTERVAL(x), 42601",
    "INTERVAL(-1), 42601",
    "INTERVAL(10, 42601",
    "INTERVAL(0), 22023",
    "INTERVAL(1.5), 22023",
    "fast, 22023"
  })
  void setDurability_refusesOthers(String written, String state) throws SQLException {
    refused(state, () -> run(first, "SET DURABILITY = " + written));
    assertThat(value(first, "SHOW durability")).isEqualTo("sync");
  }
}

package org.kalamdb.jdbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.TransactionOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.ChangesSince;
import org.kalamdb.live.LiveCursor;
import org.kalamdb.live.LiveEvents;
import org.kalamdb.live.LiveView;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultBatch;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/**
 * A session that answers known texts with rows, counts one row changed by all others, and keeps a
 * log.
 */
final class ScriptedSession implements Session {
  final List<String> log = new ArrayList<>();
  final Map<String, ScriptedResult> answers = new LinkedHashMap<>();
  final Map<String, KalamException> failures = new LinkedHashMap<>();
  final Map<String, List<DataType>> parameterTypes = new LinkedHashMap<>();
  private final @Nullable UserId user;
  private String namespace = "default";
  private Duration statementTimeout = Duration.ZERO;
  private boolean inTransaction;
  boolean closed;

  ScriptedSession(@Nullable String user) {
    this.user = user == null ? null : new UserId(user);
  }

  /** Rows for a text; columns as {@code name TYPE}. */
  ScriptedResult answer(String sql, List<ResultColumn> columns, @Nullable Object[]... rows) {
    ScriptedResult result =
        new ScriptedResult(columns, Stream.of(rows).map(r -> new Row(columns, r)).toList());
    answers.put(sql, result);
    return result;
  }

  static ResultColumn column(String name, DataType type) {
    return new ResultColumn(name, type, null, null, true);
  }

  private void enter(String sql) {
    if (closed) {
      throw new IllegalStateException("This session is closed");
    }
    log.add(sql.strip());
    KalamException failure = failures.get(sql.strip());
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public long execute(String sql, @Nullable Object... parameters) {
    enter(sql);
    if (sql.startsWith("BEGIN")) {
      inTransaction = true;
    } else if (sql.equals("COMMIT") || sql.equals("ROLLBACK")) {
      inTransaction = false;
    }
    return 1;
  }

  @Override
  public Result query(String sql, @Nullable Object... parameters) {
    enter(sql);
    return answers.getOrDefault(sql.strip(), new ScriptedResult(List.of(), List.of()));
  }

  @Override
  public Duration statementTimeout() {
    return statementTimeout;
  }

  @Override
  public void setStatementTimeout(Duration timeout) {
    statementTimeout = timeout;
    log.add("timeout " + timeout.toSeconds() + " s");
  }

  @Override
  public void cancel() {
    log.add("cancel");
  }

  @Override
  public PreparedQuery prepare(String sql) {
    enter("PREPARE " + sql);
    return new PreparedQuery() {
      @Override
      public long execute(@Nullable Object... parameters) {
        return ScriptedSession.this.execute(sql + List.of(parameters));
      }

      @Override
      public Result query(@Nullable Object... parameters) {
        return ScriptedSession.this.query(sql);
      }

      @Override
      public long[] executeBatch(List<@Nullable Object[]> rows) {
        enter(sql + " x " + rows.size());
        return rows.stream().mapToLong(row -> 1).toArray();
      }

      @Override
      public List<ResultColumn> columns() {
        ScriptedResult answer = answers.get(sql);
        return answer == null ? List.of() : answer.columns();
      }

      @Override
      public List<DataType> parameterTypes() {
        return ScriptedSession.this.parameterTypes.getOrDefault(sql, List.of());
      }

      @Override
      public void close() {
        log.add("CLOSE " + sql);
      }
    };
  }

  @Override
  public Subscription subscribe(
      String sql,
      SubscriptionOptions options,
      ChangeListener listener,
      @Nullable Object... parameters) {
    throw new AssertionError("not through JDBC");
  }

  @Override
  public ChangesSince changesSince(SeqId seq, String sql, @Nullable Object... parameters) {
    throw new AssertionError("not through JDBC");
  }

  @Override
  public Flow.Publisher<ChangeEvent> publisher(
      String sql, SubscriptionOptions options, @Nullable Object... parameters) {
    throw new AssertionError("not through JDBC");
  }

  @Override
  public LiveCursor cursor(String name) {
    throw new AssertionError("not through JDBC");
  }

  @Override
  public LiveEvents events(
      String sql, SubscriptionOptions options, @Nullable Object... parameters) {
    throw new AssertionError("not through JDBC");
  }

  @Override
  public SeqId lastCommit() {
    throw new AssertionError("not through JDBC");
  }

  @Override
  public LiveView liveView(
      String sql, SubscriptionOptions options, @Nullable Object... parameters) {
    throw new AssertionError("not through JDBC");
  }

  @Override
  public @Nullable UserId userId() {
    return user;
  }

  @Override
  public Role role() {
    return user == null ? Role.DBA : Role.USER;
  }

  @Override
  public Session asUser(UserId other) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String namespace() {
    return namespace;
  }

  @Override
  public void useNamespace(String namespace) {
    if (namespace.equals("missing")) {
      throw new KalamException(
          ErrorCode.INVALID_SCHEMA_NAME, "namespace \"missing\" does not exist");
    }
    this.namespace = namespace;
  }

  @Override
  public Transaction begin(TransactionOptions options) {
    throw new UnsupportedOperationException("the driver begins with BEGIN");
  }

  @Override
  public <T> T inTransaction(TransactionOptions options, Function<? super Session, T> work) {
    throw new UnsupportedOperationException("the driver begins with BEGIN");
  }

  @Override
  public boolean inTransaction() {
    return inTransaction;
  }

  @Override
  public void close() {
    closed = true;
  }

  /** A result that knows how far it was read and whether it was closed. */
  static final class ScriptedResult implements Result {
    private final List<ResultColumn> columns;
    private final List<Row> rows;
    int read;
    boolean closed;

    ScriptedResult(List<ResultColumn> columns, List<Row> rows) {
      this.columns = columns;
      this.rows = rows;
    }

    @Override
    public List<ResultColumn> columns() {
      return columns;
    }

    @Override
    public long updateCount() {
      return columns.isEmpty() ? 0 : -1;
    }

    @Override
    public Iterator<Row> iterator() {
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return read < rows.size();
        }

        @Override
        public Row next() {
          return rows.get(read++);
        }
      };
    }

    @Override
    public Stream<Row> stream() {
      return StreamSupport.stream(spliterator(), false);
    }

    @Override
    public List<Row> list() {
      List<Row> rest = stream().toList();
      close();
      return rest;
    }

    @Override
    public <T> List<T> list(Class<T> recordType) {
      throw new AssertionError("not through JDBC");
    }

    @Override
    public Row single() {
      return list().get(0);
    }

    @Override
    public @Nullable ResultBatch nextBatch() {
      throw new AssertionError("not through JDBC");
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}

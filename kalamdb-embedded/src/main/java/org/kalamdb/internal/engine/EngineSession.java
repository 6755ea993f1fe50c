package org.kalamdb.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Isolation;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.TransactionOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.live.LivePublisher;
import org.kalamdb.internal.live.MaintainedView;
import org.kalamdb.internal.live.PulledEvents;
import org.kalamdb.internal.live.QueryArguments;
import org.kalamdb.internal.security.Permissions;
import org.kalamdb.internal.sql.bind.BindingContext;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.system.Viewer;
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
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/**
 * A session: whose it is, its namespace and its transaction. Statements run in {@link
 * StatementRunner}.
 */
final class EngineSession implements Session {
  private final Engine engine;
  private final @Nullable UserId user;
  private final Permissions permissions;
  private final boolean shared;

  /** Whose transaction and settings it has: it runs one statement for that session; or null. */
  private final @Nullable EngineSession caller;

  private final StatementRunner runner;
  private final SessionSettings settings;
  private QueryArguments.@Nullable Asker asker;
  private final SessionStatements statements;
  private final long number;
  private final NamespaceId temporary;
  private NamespaceId namespace = NamespaceId.DEFAULT;
  private @Nullable SessionTransaction transaction;
  private long transactions;
  private final AtomicLong lastCommit;

  /** Version of the known users when it was found that the user has the role. */
  private volatile long roleCheckedAt = -1;

  private boolean closed;

  /**
   * @param shared whether several threads use it, so that it can hold no transaction
   */
  EngineSession(Engine engine, @Nullable UserId user, Role role, boolean shared) {
    this.engine = engine;
    this.user = user;
    this.permissions = new Permissions(role);
    this.shared = shared;
    this.caller = null;
    this.lastCommit = new AtomicLong();
    this.statements = new SessionStatements(engine::shutdown, engine.options().statementTimeout());
    this.settings = new SessionSettings(this, engine.plans().optimizer(), engine.options());
    this.runner = new StatementRunner(engine, this);
    this.number = engine.nextSession();
    this.temporary = NameRules.temporary(number);
    engine.keepTemporary(temporary);
  }

  /**
   * A session that sees what the other one sees now; it opens no transaction and needs no close.
   */
  private EngineSession(EngineSession like) {
    this.engine = like.engine;
    this.user = like.user;
    this.permissions = like.permissions;
    this.shared = true;
    this.caller = null;
    this.lastCommit = new AtomicLong();
    this.statements = new SessionStatements(engine::shutdown, engine.options().statementTimeout());
    this.settings = new SessionSettings(this, engine.plans().optimizer(), engine.options());
    this.settings.takeZone(like.settings);
    this.runner = new StatementRunner(engine, this);
    this.number = like.number;
    this.temporary = like.temporary;
    this.namespace = like.namespace;
  }

  /** For a statement that a session runs as another user, in its own transaction if one is open. */
  private EngineSession(EngineSession caller, UserId user) {
    this.engine = caller.engine;
    this.user = user;
    this.permissions = new Permissions(Role.USER);
    this.shared = caller.shared;
    this.caller = caller;
    this.lastCommit = caller.lastCommit;
    this.statements = caller.statements;
    this.settings = caller.settings;
    this.runner = new StatementRunner(engine, this);
    this.number = caller.number;
    this.temporary = caller.temporary;
    this.namespace = caller.namespace;
  }

  /** This session as another user, for one statement. */
  EngineSession forStatementAs(UserId other) {
    checkCanBe(other);
    return new EngineSession(this, other);
  }

  @Override
  public Session asUser(UserId other) {
    checkOpen();
    permissions.checkOtherUsers("acting as another user");
    engine.enter();
    try {
      checkRole();
      checkCanBe(other);
    } finally {
      engine.exit();
    }
    EngineSession session = new EngineSession(engine, other, Role.USER, false);
    session.namespace = namespace;
    session.settings.takeZone(settings);
    return session;
  }

  private void checkCanBe(UserId other) {
    permissions.checkOtherUsers("acting as another user");
    engine.users().checkRole(other, Role.USER);
    permissions.checkConcerns(engine.users().roleOf(other));
  }

  /**
   * Refuses to go on if the session's user has lost its role; costs nothing while users stay as
   * they are. To be called by who has entered.
   *
   * @throws KalamException 42501
   */
  void checkRole() {
    long version = engine.users().version();
    if (user != null && roleCheckedAt != version) {
      engine.users().checkRole(user, role());
      roleCheckedAt = version;
    }
  }

  @Override
  public long execute(String sql, @Nullable Object... parameters) {
    checkOpen();
    List<ParsedStatement> statements = engine.parse(sql);
    if (statements.size() > 1 && parameters.length > 0) {
      throw new KalamException(
          ErrorCode.SYNTAX_ERROR, "cannot pass parameters to several statements in one text");
    }
    long changed = 0;
    for (ParsedStatement statement : statements) {
      try (Result result = runner.run(statement, parameters)) {
        changed = Math.max(0, result.updateCount());
      }
    }
    return changed;
  }

  @Override
  public Result query(String sql, @Nullable Object... parameters) {
    checkOpen();
    return runner.run(single(sql), parameters);
  }

  @Override
  public PreparedQuery prepare(String sql) {
    checkOpen();
    return new EnginePreparedQuery(runner, single(sql));
  }

  private ParsedStatement single(String sql) {
    List<ParsedStatement> statements = engine.parse(sql);
    if (statements.size() != 1) {
      throw new KalamException(
          ErrorCode.SYNTAX_ERROR,
          statements.isEmpty()
              ? "the text holds no statement"
              : "the text holds " + statements.size() + " statements where one is allowed");
    }
    return statements.get(0);
  }

  @Override
  public Subscription subscribe(
      String sql,
      SubscriptionOptions options,
      ChangeListener listener,
      @Nullable Object... parameters) {
    checkOpen();
    return runner.subscribe(single(sql), options, listener, parameters);
  }

  @Override
  public ChangesSince changesSince(SeqId seq, String sql, @Nullable Object... parameters) {
    checkOpen();
    return runner.changesSince(single(sql), seq, parameters);
  }

  @Override
  public LiveCursor cursor(String name) {
    checkOpen();
    return new EngineCursor(engine.cursors(), this, new CursorKey(user, name));
  }

  /** Subscribes for a cursor. */
  Subscription subscribe(String sql, StatementRunner.Subscriber subscriber) {
    checkOpen();
    return runner.subscribe(single(sql), subscriber);
  }

  @Override
  public SeqId lastCommit() {
    return new SeqId(lastCommit.get());
  }

  /** It has committed something. */
  void committed(long seq) {
    lastCommit.accumulateAndGet(seq, Math::max);
  }

  @Override
  public Flow.Publisher<ChangeEvent> publisher(
      String sql, SubscriptionOptions options, @Nullable Object... parameters) {
    checkOpen();
    Objects.requireNonNull(options, "options");
    single(sql);
    @Nullable Object[] values = parameters.clone();
    EngineSession like = new EngineSession(this);
    return new LivePublisher(listener -> like.subscribe(sql, options, listener, values));
  }

  @Override
  public LiveEvents events(
      String sql, SubscriptionOptions options, @Nullable Object... parameters) {
    if (options.executor() != null) {
      throw new IllegalArgumentException("Events are taken by threads that ask, on no executor");
    }
    return PulledEvents.open(listener -> subscribe(sql, options, listener, parameters));
  }

  @Override
  public LiveView liveView(
      String sql, SubscriptionOptions options, @Nullable Object... parameters) {
    if (options.lastRows() != Long.MAX_VALUE) {
      throw new IllegalArgumentException("A view has all rows, not the last " + options.lastRows());
    }
    if (options.from() != null) {
      throw new IllegalArgumentException("A view has all rows, not those since a commit");
    }
    return MaintainedView.open(
        listener ->
            subscribe(
                sql,
                (at, statement) -> {
                  LiveBinding.Bound bound = LiveBinding.bind(at, this, statement, parameters);
                  SubscriptionOptions asked = bound.options(options);
                  if (asked.lastRows() != Long.MAX_VALUE || asked.from() != null) {
                    bound.discard();
                    throw new KalamException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "a view has all rows: last_rows and from are not for it");
                  }
                  return bound.subscribe(at, asked, listener);
                }));
  }

  @Override
  public @Nullable UserId userId() {
    return user;
  }

  /** Tells the sessions of an open database apart. */
  long number() {
    return number;
  }

  @Override
  public Role role() {
    return permissions.role();
  }

  Permissions permissions() {
    return permissions;
  }

  /** What it sees of others' transactions, live queries and the like. */
  Viewer viewer() {
    return new Viewer(role().includes(Role.DBA), user);
  }

  @Override
  public String namespace() {
    return namespace.name();
  }

  SessionSettings settings() {
    return settings;
  }

  SearchPath path() {
    return new SearchPath(namespace, temporary);
  }

  /** What names mean the same in, for sessions that see the same tables under them. */
  String scope(CatalogSnapshot catalog) {
    return catalog.hasNamespace(temporary) ? namespace + "\n" + temporary : namespace.name();
  }

  /** What its live queries may know of it; the same as before unless something was set. */
  QueryArguments.Asker asker() {
    QueryArguments.Asker now =
        new QueryArguments.Asker(
            engine.ids(), user, role().sqlName(), namespace(), settings().zone());
    QueryArguments.Asker known = asker;
    if (known != null && known.equals(now)) {
      return known;
    }
    asker = now;
    return now;
  }

  BindingContext bindingContext() {
    return new BindingContext(path(), user, role());
  }

  @Override
  public void useNamespace(String name) {
    checkOpen();
    NamespaceId id = new NamespaceId(name);
    if (!permissions.view(engine.currentCatalog()).hasNamespace(id) || NameRules.isTemporary(id)) {
      throw new KalamException(
          ErrorCode.INVALID_SCHEMA_NAME, "namespace \"" + name + "\" does not exist");
    }
    namespace = id;
  }

  SessionStatements statements() {
    return statements;
  }

  @Override
  public Duration statementTimeout() {
    return statements.timeout();
  }

  @Override
  public void setStatementTimeout(Duration timeout) {
    checkOpen();
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("statementTimeout must not be negative: " + timeout);
    }
    statements.setTimeout(timeout);
  }

  @Override
  public void cancel() {
    statements.cancelAll();
  }

  @Override
  public boolean inTransaction() {
    return transaction != null;
  }

  @Nullable SessionTransaction transaction() {
    return caller == null ? transaction : caller.transaction();
  }

  /** Numbers the transactions of the session. */
  long transactions() {
    return transactions;
  }

  boolean isShared() {
    return shared;
  }

  @Override
  public Transaction begin(TransactionOptions options) {
    checkOpen();
    engine.enter();
    try {
      open(options);
    } finally {
      engine.exit();
    }
    return new OpenTransaction(this, runner);
  }

  /** BEGIN. */
  void open(TransactionOptions options) {
    if (shared) {
      throw new KalamException(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a transaction cannot be opened in the session that all threads share")
          .withHint("db.session() gives a session of your own");
    }
    if (transaction != null) {
      throw new KalamException(
          ErrorCode.ACTIVE_TRANSACTION, "there is already a transaction in progress");
    }
    SessionTransaction begun =
        SessionTransaction.begin(
            engine.storage(), engine.options(), options, true, engine.options().clock().instant());
    transaction = begun;
    transactions++;
    engine.openTransactions().opened(begun, this, settings.idleTransactionTimeout());
  }

  /** The transaction of one statement, outside of any other. */
  SessionTransaction beginStatement() {
    return SessionTransaction.begin(
        engine.storage(),
        engine.options(),
        settings.transactionOptions(),
        false,
        engine.options().clock().instant());
  }

  @Override
  public <T extends @Nullable Object> T inTransaction(
      TransactionOptions options, Function<? super Session, T> work) {
    return new TransactionRetry(this).run(options, work);
  }

  /** Of the open transaction, or of the next one. */
  TransactionOptions currentOptions() {
    SessionTransaction open = transaction();
    return open == null ? settings.transactionOptions() : open.options();
  }

  /** SET TRANSACTION: before anything was read or written. A null leaves what is. */
  void changeTransaction(@Nullable Isolation isolation, @Nullable Boolean readOnly) {
    SessionTransaction open = transaction;
    if (open == null) {
      throw new KalamException(
          ErrorCode.NO_ACTIVE_TRANSACTION,
          "SET TRANSACTION can only be used in transaction blocks");
    }
    if (open.isUsed()) {
      throw new KalamException(
          ErrorCode.ACTIVE_TRANSACTION, "SET TRANSACTION must be called before any query");
    }
    Isolation level = isolation == null ? open.options().isolation() : isolation;
    boolean reading = readOnly == null ? open.options().readOnly() : readOnly;
    long number = transactions;
    abandon();
    open(new TransactionOptions(level, reading, open.options().durability()));
    transactions = number; // it is still the same one
  }

  /** Takes the transaction out of the session; the caller commits or drops it, and closes it. */
  @Nullable SessionTransaction takeTransaction() {
    SessionTransaction taken = transaction;
    transaction = null;
    if (taken != null) {
      engine.openTransactions().ended(taken);
    }
    return taken;
  }

  /** Waits until what was committed before is visible: a loser would lose again before that. */
  void awaitNewest() {
    engine.pipeline().awaitNewest();
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The session is closed");
    }
    engine.checkOpen();
  }

  /** Rolls back what is open. */
  void abandon() {
    SessionTransaction open = takeTransaction();
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      abandon();
      engine.dropTemporary(temporary);
    }
  }
}

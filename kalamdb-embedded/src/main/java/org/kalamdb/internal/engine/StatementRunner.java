package org.kalamdb.internal.engine;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.live.Missed;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.SessionStatement;
import org.kalamdb.internal.sql.parse.SessionStatement.Commit;
import org.kalamdb.internal.sql.parse.SessionStatement.Rollback;
import org.kalamdb.internal.sql.parse.SessionStatement.RollbackToSavepoint;
import org.kalamdb.internal.sql.parse.ShowStatement;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.ChangesSince;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.schema.SeqId;

/**
 * Runs the parsed statements of a session, and makes them live: sees to the transaction each
 * belongs to and to its end; {@link StatementRun} says what kind of statement it is.
 */
final class StatementRunner {
  private final Engine engine;
  private final EngineSession session;

  StatementRunner(Engine engine, EngineSession session) {
    this.engine = engine;
    this.session = session;
  }

  /** Runs the statement; inside a transaction, an error spoils the transaction. */
  Result run(ParsedStatement statement, @Nullable Object... parameters) {
    return guarded(
        statement, queries -> StatementRun.run(engine, session, statement, parameters, queries));
  }

  /** Runs a writing statement once per row of parameters, all in one transaction. */
  long[] runBatch(ParsedStatement statement, List<@Nullable Object[]> rows) {
    return guarded(
        statement,
        queries -> {
          ActingUser acting = ActingUser.of(session, statement);
          return acting == null
              ? queries.writeBatch(statement, rows)
              : new QueryExecutor(engine, acting.session(), queries.cancel())
                  .writeBatch(acting.statement(), rows);
        });
  }

  private <T> T guarded(ParsedStatement statement, Function<QueryExecutor, T> action) {
    session.checkOpen();
    SessionTransaction open = session.transaction();
    boolean ends =
        statement.statement() instanceof Commit || statement.statement() instanceof Rollback;
    if (open != null) {
      if (!ends && !(statement.statement() instanceof RollbackToSavepoint)) {
        open.checkUsable();
      }
      if (!(statement.statement() instanceof Rollback)) {
        beginUse(open);
      }
    }
    try {
      return entered(statement, open, action);
    } finally {
      if (open != null) {
        open.endUse();
      }
    }
  }

  /** Whether the statement reads or writes, in distinction to those about the session. */
  private static boolean isQuery(Statement statement) {
    return !(statement instanceof SessionStatement) && !(statement instanceof ShowStatement);
  }

  /** An expired transaction says so once, and is over. */
  private void beginUse(SessionTransaction open) {
    try {
      open.beginUse();
    } catch (KalamException e) {
      session.abandon();
      throw e;
    }
  }

  private <T> T entered(
      ParsedStatement statement,
      @Nullable SessionTransaction open,
      Function<QueryExecutor, T> action) {
    engine.enter();
    CancelToken cancel = session.statements().begin();
    boolean streams = false;
    try {
      if (!(statement.statement() instanceof Rollback)) {
        session.checkRole();
        if (open != null) {
          checkSameStorage(open, statement.statement());
        }
      }
      if (open != null && isQuery(statement.statement())) {
        open.noteUse();
        open.refresh(engine.tables());
      }
      T result = action.apply(new QueryExecutor(engine, session, cancel));
      streams = result instanceof OperatorResult;
      return result;
    } catch (RuntimeException | Error e) {
      if (open != null) {
        open.markFailed();
      }
      throw e;
    } finally {
      if (streams) {
        cancel.pause(); // goes on with each fetch, and ends with the result
      } else {
        session.statements().end(cancel);
      }
      engine.exit();
    }
  }

  /** A transaction that outlived its storage fails, and is over if this was to be its end. */
  private void checkSameStorage(SessionTransaction open, Statement statement) {
    try {
      engine.checkSame(open.storage());
    } catch (KalamException e) {
      if (statement instanceof Commit) {
        session.abandon();
      }
      throw e;
    }
  }

  /** Tells what a statement takes and returns, without running it. */
  QueryExecutor.Description describe(ParsedStatement statement) {
    session.checkOpen();
    ActingUser acting = ActingUser.of(session, statement);
    return acting == null
        ? new QueryExecutor(engine, session, engine.shutdown()).describe(statement)
        : new QueryExecutor(engine, acting.session(), engine.shutdown())
            .describe(acting.statement());
  }

  Subscription subscribe(
      ParsedStatement statement,
      SubscriptionOptions options,
      ChangeListener listener,
      @Nullable Object[] parameters) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(listener, "listener");
    return subscribe(
        statement,
        (at, parsed) -> {
          LiveBinding.Bound bound = LiveBinding.bind(at, session, parsed, parameters);
          return bound.subscribe(at, bound.options(options), listener);
        });
  }

  /** Makes a statement live in its own way. */
  interface Subscriber {
    Subscription subscribe(Engine engine, ParsedStatement statement);
  }

  Subscription subscribe(ParsedStatement statement, Subscriber subscriber) {
    engine.enter();
    try {
      session.checkRole();
      Subscription subscription = subscriber.subscribe(engine, statement);
      try {
        session.checkRole(); // it may have been taken away before there was something to end
      } catch (KalamException e) {
        engine.liveQueries().kill(subscription.id(), owner -> true, e);
      }
      return subscription;
    } finally {
      engine.exit();
    }
  }

  ChangesSince changesSince(ParsedStatement statement, SeqId seq, @Nullable Object[] parameters) {
    engine.enter();
    try {
      session.checkRole();
      Missed missed =
          LiveBinding.bind(engine, session, statement, parameters)
              .changesSince(engine, seq.value());
      return missed.lost() == null
          ? new ChangesSince(new SeqId(missed.seq()), missed.changes(), null)
          : new ChangesSince(seq, List.of(), missed.lost());
    } finally {
      engine.exit();
    }
  }
}

package org.kalamdb;

import java.time.Duration;
import java.util.concurrent.Flow;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
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
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/**
 * One user's (or the application's own) view of a database: who sees which partition, which
 * namespace unqualified names mean, and which transaction is open. Cheap to make; confined to one
 * thread at a time. Subscriptions made through it live on their own threads and outlast it.
 *
 * <p>Parameters stand for {@code ?} in order, or for {@code $1}, {@code $2}, ...; each is converted
 * to the type its place in the statement asks for. Every method throws {@link
 * org.kalamdb.error.KalamException} for what is wrong with a statement or its data, and {@link
 * IllegalStateException} after {@link #close()}.
 */
public interface Session extends AutoCloseable {
  /**
   * Runs one or more statements and returns the rows the last one changed; 0 for statements that
   * change none, such as DDL.
   */
  long execute(String sql, @Nullable Object... parameters);

  /**
   * Runs one statement and returns its rows; close the result, or take all of it with {@code
   * list()}.
   */
  Result query(String sql, @Nullable Object... parameters);

  /** Parses and plans one statement once, to run it many times. */
  PreparedQuery prepare(String sql);

  /**
   * Makes a SELECT live: its rows now, then each committed change of them, in commit order, without
   * a gap and without a duplicate.
   *
   * @return when the subscription is registered; the snapshot arrives through the listener
   */
  Subscription subscribe(
      String sql,
      SubscriptionOptions options,
      ChangeListener listener,
      @Nullable Object... parameters);

  /**
   * What changed in the result of a SELECT since a commit, without a subscription: as a
   * subscription with {@link SubscriptionOptions#withFrom} would be told, up to now.
   */
  ChangesSince changesSince(SeqId seq, String sql, @Nullable Object... parameters);

  /**
   * The user's cursor of that name, there or not: the place of live queries that go on after a
   * restart.
   *
   * @param name 1 to 256 bytes of UTF-8 without control characters
   * @throws org.kalamdb.error.KalamException 22023 if the name is none
   */
  LiveCursor cursor(String name);

  /**
   * The last commit of the session that wrote something, whether as one statement or as a
   * transaction; {@link SeqId#ZERO} before the first.
   */
  SeqId lastCommit();

  /**
   * A SELECT to be made live by whoever subscribes, from any thread and also when the session is
   * closed: each subscriber has a subscription of its own, as of a session with this one's user,
   * namespace and time zone of now. A snapshot is read when a subscriber first asks for events;
   * what it has not asked for waits in the subscription's queue and meets its overflow policy. A
   * subscription that ends by itself completes, one that fails or is ended by the database is an
   * error: 57P01 when the database closes, 42P01 for a table that is dropped or not there.
   */
  Flow.Publisher<ChangeEvent> publisher(
      String sql, SubscriptionOptions options, @Nullable Object... parameters);

  /**
   * As {@link #subscribe}, for a thread that takes the events one by one.
   *
   * @throws IllegalArgumentException if the options name an executor, which would have no part
   */
  LiveEvents events(String sql, SubscriptionOptions options, @Nullable Object... parameters);

  /**
   * As {@link #subscribe}, with the rows kept; {@link LiveView#awaitReady} waits for the first.
   *
   * @throws IllegalArgumentException if the options start with the last rows only or from a commit,
   *     as changes of others would then have nothing to change
   */
  LiveView liveView(String sql, SubscriptionOptions options, @Nullable Object... parameters);

  /** How long a statement of the session may run; zero, however long, unless the option says so. */
  Duration statementTimeout();

  /**
   * Changes how long a statement may run, as {@code SET statement_timeout} does; those that run
   * longer fail with 57014. The time between fetches of a result does not count.
   *
   * @param timeout zero: however long
   */
  void setStatementTimeout(Duration timeout);

  /**
   * Stops the statements that are running and the results that are being read: they fail with
   * 57014. The one method of a session that any thread may call; does nothing if nothing runs.
   */
  void cancel();

  /** Whose partition the session works in; null for a session of the application itself. */
  @Nullable UserId userId();

  /** What the session may do. */
  Role role();

  /**
   * A session of role {@link Role#USER} in a user's partitions, with this session's namespace and
   * time zone: to work for that user, or to subscribe for them. It has transactions of its own;
   * {@code EXECUTE AS USER 'id' (statement)} runs a statement in this session's.
   *
   * @throws org.kalamdb.error.KalamException 42501 if this session's role is less than {@link
   *     Role#SERVICE}, or the user's is more than this session's, or the user was dropped
   */
  Session asUser(UserId userId);

  /** As {@link #asUser(UserId)}. */
  default Session asUser(String userId) {
    return asUser(new UserId(userId));
  }

  /** The namespace of unqualified names. */
  String namespace();

  /** Changes the namespace of unqualified names, as {@code USE} does. */
  void useNamespace(String namespace);

  /** Opens a transaction, as {@code BEGIN} does. */
  default Transaction begin() {
    return begin(TransactionOptions.defaults());
  }

  /**
   * Opens a transaction.
   *
   * @throws org.kalamdb.error.KalamException 25001 if one is open
   */
  Transaction begin(TransactionOptions options);

  /**
   * Runs the work in a transaction and commits it, and does both again, a bounded number of times
   * and with growing pauses, if another transaction came first (40001). The work must bear being
   * run again, and leave commit and rollback alone. Whatever else it throws rolls back.
   *
   * @return what the work returned in the run that was committed
   */
  default <T extends @Nullable Object> T inTransaction(Function<? super Session, T> work) {
    return inTransaction(TransactionOptions.defaults(), work);
  }

  /** As {@link #inTransaction(Function)}. */
  <T extends @Nullable Object> T inTransaction(
      TransactionOptions options, Function<? super Session, T> work);

  /** True between BEGIN and COMMIT or ROLLBACK. */
  boolean inTransaction();

  /** Rolls back an open transaction and ends the session. Idempotent. */
  @Override
  void close();
}

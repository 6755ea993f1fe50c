package org.kalamdb;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.engine.Engine;
import org.kalamdb.internal.engine.Engines;
import org.kalamdb.query.Result;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;

/**
 * An open database. Thread-safe. Opening a path that is open in this process already gives another
 * handle on the same database; the last handle's close closes it. A second process is refused with
 * SQLSTATE 55006.
 *
 * <pre>{@code
 * try (KalamDB db = KalamDB.open(Path.of("data"));
 *     Session alice = db.session("alice")) {
 *   db.execute("CREATE NAMESPACE app");
 *   db.execute("CREATE USER TABLE app.notes (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), text TEXT)");
 *   alice.execute("INSERT INTO app.notes (text) VALUES (?)", "hello");
 *   alice.query("SELECT text FROM app.notes").list().forEach(System.out::println);
 * }
 * }</pre>
 */
public final class KalamDB implements AutoCloseable {
  private final Engine engine;
  private final Session application;
  private final ReentrantLock applicationLock = new ReentrantLock();
  private volatile boolean closed;

  private KalamDB(Engine engine) {
    this.engine = engine;
    try {
      this.application = engine.openSharedSession();
    } catch (RuntimeException | Error e) {
      Engines.release(engine);
      throw e;
    }
  }

  /** Opens the database in a directory, or makes a new one if there is none. */
  public static KalamDB open(Path directory) {
    return open(directory, KalamOptions.defaults());
  }

  /**
   * Opens the database in a directory. Options count for the first handle; a further one in the
   * same process shares what the first opened.
   *
   * @throws org.kalamdb.error.KalamException 55006 if another process has it open, 08001 if the
   *     path cannot be a database, XX001 if it is damaged
   */
  public static KalamDB open(Path directory, KalamOptions options) {
    return new KalamDB(
        Engines.acquire(
            Objects.requireNonNull(directory, "directory"),
            Objects.requireNonNull(options, "options")));
  }

  /** A new database in memory, gone when it is closed. Its cold tier is a temporary directory. */
  public static KalamDB openInMemory() {
    return openInMemory(KalamOptions.defaults());
  }

  public static KalamDB openInMemory(KalamOptions options) {
    return new KalamDB(Engines.acquireInMemory(null, Objects.requireNonNull(options, "options")));
  }

  /** The database in memory of this name, shared in the process while somebody has it open. */
  public static KalamDB openInMemory(String name) {
    return openInMemory(name, KalamOptions.defaults());
  }

  public static KalamDB openInMemory(String name, KalamOptions options) {
    return new KalamDB(
        Engines.acquireInMemory(
            Objects.requireNonNull(name, "name"), Objects.requireNonNull(options, "options")));
  }

  /**
   * What opening the database found and did; the same for all its handles. After an error of the
   * disk, what opening the storage again found.
   */
  public RecoveryReport recovery() {
    return engine.recovered();
  }

  /**
   * Whether writes are taken, and if not, why and until when. After an error of the disk writes are
   * refused and reads go on until the storage has been opened again, which is tried in the
   * background; when the disk is full, until there is room again. Never waits.
   */
  public Health health() {
    return engine.health();
  }

  /**
   * Reads everything in the database and compares what has to agree: rows, counters, segments,
   * manifests, markers and indexes, as of one moment. Readers and writers go on meanwhile. {@code
   * CHECK DATABASE} does the same.
   */
  public CheckReport check() {
    checkOpen();
    return engine.check();
  }

  /**
   * A session of the application itself, of role {@link Role#DBA}: it sees no user's partition and
   * may do everything else.
   */
  public Session session() {
    return openSession(null, Role.DBA);
  }

  /**
   * A session in the user's partitions, of role {@link Role#USER}. The application vouches for the
   * user; none need be created.
   *
   * @throws org.kalamdb.error.KalamException 42501 if the user was dropped
   */
  public Session session(String userId) {
    return openSession(new UserId(userId), Role.USER);
  }

  /** As {@link #session(String)}. */
  public Session session(UserId userId) {
    return openSession(Objects.requireNonNull(userId, "userId"), Role.USER);
  }

  /**
   * A session of a role without a user: it has no partitions of its own.
   *
   * @throws IllegalArgumentException for {@link Role#USER}, who has an id
   */
  public Session session(Role role) {
    if (role == Role.USER) {
      throw new IllegalArgumentException("A session of role user has a user id");
    }
    return openSession(null, role);
  }

  /**
   * A session of a role in the user's partitions. The application vouches for the user and the
   * role; only of a user whom CREATE USER made, the role must be as great.
   *
   * @throws org.kalamdb.error.KalamException 42501 if the user was created with a lesser role, or
   *     was dropped
   * @throws IllegalArgumentException for {@link Role#ANONYMOUS}, who has no id
   */
  public Session session(UserId userId, Role role) {
    if (role == Role.ANONYMOUS) {
      throw new IllegalArgumentException("A session of role anonymous has no user id");
    }
    return openSession(
        Objects.requireNonNull(userId, "userId"), Objects.requireNonNull(role, "role"));
  }

  private synchronized Session openSession(@Nullable UserId user, Role role) {
    checkOpen();
    return engine.openSession(user, role);
  }

  /**
   * Whether it is the password of a user whom {@code CREATE USER ... WITH PASSWORD} made and who is
   * not dropped. Takes a tenth of a second or two, on purpose, and as long for users there are not;
   * sessions ask for no password.
   */
  public boolean isPassword(UserId userId, String password) {
    checkOpen();
    return engine.isPassword(
        Objects.requireNonNull(userId, "userId"), Objects.requireNonNull(password, "password"));
  }

  /** {@link Session#execute} in a session of the application that all threads share. */
  public long execute(String sql, @Nullable Object... parameters) {
    return inApplication(session -> session.execute(sql, parameters));
  }

  /** {@link Session#query} in a session of the application that all threads share. */
  public Result query(String sql, @Nullable Object... parameters) {
    return inApplication(session -> session.query(sql, parameters));
  }

  /** One at a time, but neither {@link #close} nor other sessions wait for it. */
  private <T> T inApplication(Function<Session, T> work) {
    boolean listener = engine.enterWait();
    try {
      applicationLock.lock();
      try {
        checkOpen();
        return work.apply(application);
      } finally {
        applicationLock.unlock();
      }
    } finally {
      if (listener) {
        engine.exitWait();
      }
      if (closed) {
        closeApplication();
      }
    }
  }

  /** Unless it is in use: then whoever uses it sees afterwards that it is to be closed. */
  private void closeApplication() {
    if (applicationLock.tryLock()) {
      try {
        application.close();
      } finally {
        applicationLock.unlock();
      }
    }
  }

  /** False once this handle is closed. */
  public boolean isOpen() {
    return !closed;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("This KalamDB handle is closed");
    }
  }

  /**
   * Gives up this handle. The last one ends subscriptions, waits for running work for at most
   * {@link KalamOptions#closeTimeout()}, and releases the directory. Idempotent.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    closeApplication();
    Engines.release(engine);
  }
}

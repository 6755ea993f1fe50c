package org.kalamdb.internal.engine;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.kalamdb.internal.exec.CancelToken;

/** The statements of a session that run or whose rows are being read. Thread-safe. */
final class SessionStatements {
  private final Supplier<CancelToken> shutdown;
  private final Set<CancelToken> open = ConcurrentHashMap.newKeySet();
  private volatile Duration timeout;

  /**
   * @param shutdown what stops a statement that begins now, whoever's it is
   */
  SessionStatements(Supplier<CancelToken> shutdown, Duration timeout) {
    this.shutdown = shutdown;
    this.timeout = timeout;
  }

  /** How long a statement may run; zero: however long. */
  Duration timeout() {
    return timeout;
  }

  void setTimeout(Duration newTimeout) {
    timeout = newTimeout;
  }

  /** A statement begins; {@link #end} follows. */
  CancelToken begin() {
    CancelToken token = CancelToken.until(shutdown.get(), timeout);
    open.add(token);
    return token;
  }

  void end(CancelToken token) {
    open.remove(token);
  }

  void cancelAll() {
    open.forEach(CancelToken::cancel);
  }
}

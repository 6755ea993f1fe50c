package org.kalamdb.internal.storage.kv.rocksdb;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;

/** Native objects that live as long as a store, closed in reverse order of their making. */
final class NativeHandles implements AutoCloseable {
  /** Of the whole process, for tests that want to see it return to where it was. */
  private static final AtomicLong LIVE = new AtomicLong();

  private final Deque<AutoCloseable> handles = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T handle) {
    handles.push(handle);
    LIVE.incrementAndGet();
    return handle;
  }

  /** How many native objects of all stores are not closed. */
  static long live() {
    return LIVE.get();
  }

  /** Closes all, also after one has failed; RocksDB's handles declare no checked exception. */
  @Override
  public void close() {
    RuntimeException first = null;
    while (!handles.isEmpty()) {
      try {
        LIVE.decrementAndGet();
        handles.pop().close();
      } catch (Exception e) {
        if (first == null) {
          first = e instanceof RuntimeException r ? r : new IllegalStateException(e);
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}

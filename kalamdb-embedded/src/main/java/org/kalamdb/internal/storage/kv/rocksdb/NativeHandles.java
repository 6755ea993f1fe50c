package org.kalamdb.internal.storage.kv.rocksdb;

import java.util.ArrayDeque;
import java.util.Deque;

/** Native objects that live as long as a store, closed in reverse order of their making. */
final class NativeHandles implements AutoCloseable {
  private final Deque<AutoCloseable> handles = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T handle) {
    handles.push(handle);
    return handle;
  }

  /** Closes all, also after one has failed; RocksDB's handles declare no checked exception. */
  @Override
  public void close() {
    RuntimeException first = null;
    while (!handles.isEmpty()) {
      try {
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

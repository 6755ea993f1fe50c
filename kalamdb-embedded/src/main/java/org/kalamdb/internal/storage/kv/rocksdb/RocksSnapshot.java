package org.kalamdb.internal.storage.kv.rocksdb;

import org.kalamdb.internal.common.Gate;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.rocksdb.ReadOptions;
import org.rocksdb.Snapshot;

/**
 * A RocksDB snapshot with the read options that name it; its own gate keeps readers and close
 * apart.
 */
final class RocksSnapshot implements KvSnapshot {
  private final RocksKeyValueStore store;
  private final Gate gate = new Gate();
  private final Snapshot snapshot;
  private final NativeHandles handles = new NativeHandles();
  private final ReadOptions readOptions;

  RocksSnapshot(RocksKeyValueStore store, Snapshot snapshot) {
    this.store = store;
    this.snapshot = snapshot;
    this.readOptions = handles.add(new ReadOptions()).setSnapshot(snapshot);
  }

  /** The read options, valid until {@link #exit()}. */
  ReadOptions enter(RocksKeyValueStore reader) {
    if (reader != store) {
      throw new IllegalArgumentException("The snapshot is another store's");
    }
    if (!gate.tryEnter()) {
      throw new IllegalStateException("The snapshot is closed");
    }
    return readOptions;
  }

  void exit() {
    gate.exit();
  }

  Snapshot handle() {
    return snapshot;
  }

  @Override
  public void close() {
    store.closeSnapshot(this);
  }

  Gate gate() {
    return gate;
  }

  void closeReadOptions() {
    handles.close();
  }
}

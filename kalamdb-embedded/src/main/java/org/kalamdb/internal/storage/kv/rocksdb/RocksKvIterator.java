package org.kalamdb.internal.storage.kv.rocksdb;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * A RocksDB iterator bounded natively, so that it never walks over the deleted keys of a neighbour.
 *
 * <p>Its own state keeps native calls and closing apart, whoever closes: the owner, or the store,
 * which closes what is left open. A step does not go through the store's gate, whose counter all
 * threads share.
 */
final class RocksKvIterator implements KvIterator {
  private static final int IDLE = 0;
  private static final int BUSY = 1;
  private static final int CLOSED = 2;
  private static final int CLOSED_WITH_STORE = 3;

  private final RocksKeyValueStore store;
  private final AtomicInteger state = new AtomicInteger(IDLE);
  private final RocksIterator iterator;
  private final NativeHandles handles;
  private final byte[] from;
  private final byte @Nullable [] to;
  private final boolean reverse;
  private final boolean empty;

  /** What the next step begins with: a seek, or a move from where the iterator stands. */
  private boolean positioned;

  private byte @Nullable [] seekKey;
  private boolean valid;
  private byte[] key = new byte[64];
  private int keyLength;
  private byte[] value = new byte[256];
  private int valueLength;

  /** Opened by the store inside its gate. */
  RocksKvIterator(
      RocksKeyValueStore store,
      RocksKeyValueStore.IteratorFactory factory,
      byte[] from,
      byte @Nullable [] to,
      boolean reverse,
      @Nullable RocksSnapshot snapshot) {
    this.store = store;
    this.from = from.clone();
    this.to = to == null ? null : to.clone();
    this.reverse = reverse;
    this.empty = to != null && Arrays.compareUnsigned(from, to) >= 0;
    this.handles = new NativeHandles();
    ReadOptions options = handles.add(new ReadOptions());
    if (snapshot != null) {
      options.setSnapshot(snapshot.handle());
    }
    options.setIterateLowerBound(handles.add(new Slice(this.from)));
    if (this.to != null) {
      options.setIterateUpperBound(handles.add(new Slice(this.to)));
    }
    this.iterator = handles.add(factory.open(options));
  }

  @Override
  public boolean next() {
    enter();
    try {
      if (empty) {
        return false;
      }
      if (!positioned) {
        position();
        positioned = true;
      } else if (valid) {
        if (reverse) {
          iterator.prev();
        } else {
          iterator.next();
        }
      }
      valid = iterator.isValid();
      if (valid) {
        readKey();
        readValue();
      } else {
        iterator.status(); // an iterator that meets damage just ends
      }
      return valid;
    } catch (RocksDBException e) {
      valid = false;
      throw RocksErrors.onRead(e);
    } finally {
      exit();
    }
  }

  private void position() {
    byte[] target = seekKey;
    if (reverse) {
      if (target != null && (to == null || Arrays.compareUnsigned(target, to) < 0)) {
        iterator.seekForPrev(target);
      } else {
        iterator.seekToLast();
      }
    } else {
      boolean inside = target != null && Arrays.compareUnsigned(target, from) > 0;
      iterator.seek(inside && target != null ? target : from);
    }
  }

  private void readKey() {
    keyLength = iterator.key(key, 0, key.length);
    if (keyLength > key.length) {
      key = new byte[grown(keyLength)];
      keyLength = iterator.key(key, 0, key.length);
    }
  }

  private void readValue() {
    valueLength = iterator.value(value, 0, value.length);
    if (valueLength > value.length) {
      value = new byte[grown(valueLength)];
      valueLength = iterator.value(value, 0, value.length);
    }
  }

  private static int grown(int length) {
    return length > 1 << 20 ? length + (length >> 2) : Integer.highestOneBit(length) * 2;
  }

  @Override
  public void seek(byte[] target) {
    enter();
    try {
      seekKey = target.clone();
      positioned = false;
      valid = false;
    } finally {
      exit();
    }
  }

  @Override
  public byte[] viewKey() {
    checkValid();
    return key;
  }

  @Override
  public int keyLength() {
    checkValid();
    return keyLength;
  }

  @Override
  public byte[] viewValue() {
    checkValid();
    return value;
  }

  @Override
  public int valueLength() {
    checkValid();
    return valueLength;
  }

  @Override
  public byte[] copyKey() {
    checkValid();
    return Arrays.copyOf(key, keyLength);
  }

  @Override
  public byte[] copyValue() {
    checkValid();
    return Arrays.copyOf(value, valueLength);
  }

  private void checkValid() {
    if (!valid) {
      throw new IllegalStateException("The iterator is not at a key");
    }
  }

  private void enter() {
    if (!state.compareAndSet(IDLE, BUSY)) {
      switch (state.get()) {
        case CLOSED -> throw new IllegalStateException("The iterator is closed");
        case CLOSED_WITH_STORE -> throw store.closedError();
        default -> throw new IllegalStateException("The iterator is used by two threads at once");
      }
    }
  }

  private void exit() {
    state.setRelease(IDLE);
  }

  @Override
  public void close() {
    if (!state.compareAndSet(IDLE, BUSY)) {
      if (state.get() == BUSY) {
        throw new IllegalStateException("The iterator is used by two threads at once");
      }
      return;
    }
    try {
      valid = false;
      handles.close();
    } finally {
      store.forget(this);
      state.setRelease(CLOSED);
    }
  }

  /**
   * Closes the iterator on behalf of the closing store.
   *
   * @return false if a step is running, which the store then waits for
   */
  boolean closeWithStore() {
    if (state.compareAndSet(IDLE, CLOSED_WITH_STORE)) {
      handles.close();
      return true;
    }
    return state.get() != BUSY;
  }
}

package org.kalamdb.internal.storage.kv;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A store that is gone when it is closed: for databases in memory and for tests. One immutable tree
 * a family; a batch builds new trees and publishes all of them in one reference, so a snapshot is
 * that reference and readers take no lock.
 */
public final class InMemoryKeyValueStore implements KeyValueStore {
  private final Object writeLock = new Object();

  /** By ordinal of the family; null once closed. The array is never changed. */
  private volatile SortedTree @Nullable [] trees;

  public InMemoryKeyValueStore() {
    SortedTree[] empty = new SortedTree[KeyFamily.values().length];
    Arrays.fill(empty, SortedTree.EMPTY);
    trees = empty;
  }

  private SortedTree[] open() {
    SortedTree[] current = trees;
    if (current == null) {
      throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The database is closed");
    }
    return current;
  }

  private SortedTree[] at(@Nullable KvSnapshot snapshot) {
    SortedTree[] current = open();
    return snapshot == null ? current : ((Snapshot) snapshot).view(this);
  }

  @Override
  public byte @Nullable [] get(KeyFamily family, byte[] key, @Nullable KvSnapshot snapshot) {
    byte[] value = at(snapshot)[family.ordinal()].get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public List<byte @Nullable []> multiGet(
      KeyFamily family, List<byte[]> keys, @Nullable KvSnapshot snapshot) {
    SortedTree tree = at(snapshot)[family.ordinal()];
    List<byte @Nullable []> values = new ArrayList<>(keys.size());
    for (byte[] key : keys) {
      byte[] value = tree.get(key);
      values.add(value == null ? null : value.clone());
    }
    return values;
  }

  @Override
  public void write(KvWriteBatch batch, boolean sync) {
    synchronized (writeLock) {
      SortedTree[] next = open().clone();
      SortedTree.@Nullable Editor[] editors = new SortedTree.@Nullable Editor[next.length];
      for (int i = 0; i < batch.size(); i++) {
        int family = batch.family(i).ordinal();
        SortedTree.Editor editor = editors[family];
        if (editor == null) {
          editor = next[family].edit();
          editors[family] = editor;
        }
        switch (batch.kind(i)) {
          case PUT -> editor.put(batch.key(i).clone(), batch.value(i).clone());
          case DELETE -> editor.remove(batch.key(i));
          case DELETE_RANGE -> editor.removeRange(batch.key(i), batch.value(i));
        }
      }
      for (int family = 0; family < next.length; family++) {
        SortedTree.Editor editor = editors[family];
        if (editor != null) {
          next[family] = editor.finish();
        }
      }
      trees = next;
    }
  }

  /** Nothing to do: there is no disk. */
  @Override
  public void syncLog() {
    open();
  }

  @Override
  public KvIterator iterator(
      KeyFamily family,
      byte[] from,
      byte @Nullable [] to,
      boolean reverse,
      @Nullable KvSnapshot snapshot) {
    return new TreeIterator(at(snapshot)[family.ordinal()].cursor(reverse), from, to, reverse);
  }

  @Override
  public KvSnapshot snapshot() {
    return new Snapshot(this, open());
  }

  @Override
  public void checkpoint(Path directory) {
    open();
    throw new KalamException(
        ErrorCode.FEATURE_NOT_SUPPORTED, "A database in memory cannot be copied to a directory");
  }

  /** Nothing to do: deleted keys take no space. */
  @Override
  public void compactRange(KeyFamily family, byte[] from, byte @Nullable [] to) {
    open();
  }

  @Override
  public long approximateBytes(KeyFamily family, byte[] from, byte[] to) {
    return open()[family.ordinal()].bytesBetween(from, to);
  }

  @Override
  public void close() {
    synchronized (writeLock) {
      trees = null;
    }
  }

  private static final class Snapshot implements KvSnapshot {
    private final InMemoryKeyValueStore store;
    private volatile SortedTree @Nullable [] view;

    Snapshot(InMemoryKeyValueStore store, SortedTree[] view) {
      this.store = store;
      this.view = view;
    }

    SortedTree[] view(InMemoryKeyValueStore reader) {
      if (reader != store) {
        throw new IllegalArgumentException("The snapshot is another store's");
      }
      SortedTree[] current = view;
      if (current == null) {
        throw new IllegalStateException("The snapshot is closed");
      }
      return current;
    }

    @Override
    public void close() {
      view = null;
    }
  }

  private final class TreeIterator implements KvIterator {
    private final SortedTree.Cursor cursor;
    private final byte[] from;
    private final byte @Nullable [] to;
    private final boolean reverse;
    private SortedTree.@Nullable Node node;
    private boolean done;
    private boolean closed;

    TreeIterator(SortedTree.Cursor cursor, byte[] from, byte @Nullable [] to, boolean reverse) {
      this.cursor = cursor;
      this.from = from.clone();
      this.to = to == null ? null : to.clone();
      this.reverse = reverse;
      start(reverse ? this.to : this.from);
    }

    /**
     * Keys past {@code to} are below it when walking downwards, and {@code to} itself is not one.
     */
    private void start(byte @Nullable [] key) {
      cursor.seek(key);
      done = false;
      node = null;
    }

    @Override
    public boolean next() {
      checkOpen();
      if (done) {
        return false;
      }
      SortedTree.Node found = cursor.next();
      if (reverse && found != null && to != null && Arrays.compareUnsigned(found.key, to) >= 0) {
        found = cursor.next();
      }
      boolean inside =
          found != null
              && (reverse
                  ? Arrays.compareUnsigned(found.key, from) >= 0
                  : to == null || Arrays.compareUnsigned(found.key, to) < 0);
      node = inside ? found : null;
      done = !inside;
      return inside;
    }

    @Override
    public void seek(byte[] key) {
      checkOpen();
      byte[] limit = reverse ? to : from;
      boolean outside =
          limit != null
              && (reverse
                  ? Arrays.compareUnsigned(key, limit) >= 0
                  : Arrays.compareUnsigned(key, limit) < 0);
      start(outside ? limit : key);
    }

    private void checkOpen() {
      if (closed) {
        throw new IllegalStateException("The iterator is closed");
      }
      open();
    }

    private SortedTree.Node current() {
      SortedTree.Node current = node;
      if (current == null) {
        throw new IllegalStateException("The iterator is not at a key");
      }
      return current;
    }

    @Override
    public byte[] viewKey() {
      return current().key;
    }

    @Override
    public int keyLength() {
      return current().key.length;
    }

    @Override
    public byte[] viewValue() {
      return current().value;
    }

    @Override
    public int valueLength() {
      return current().value.length;
    }

    @Override
    public byte[] copyKey() {
      return current().key.clone();
    }

    @Override
    public byte[] copyValue() {
      return current().value.clone();
    }

    @Override
    public void close() {
      closed = true;
      node = null;
    }
  }
}

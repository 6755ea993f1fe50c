package org.kalamdb.internal.txn;

import java.util.concurrent.atomic.AtomicInteger;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.storage.kv.KvSnapshot;

/**
 * The database after commit {@link #seq()}: one cut through hot rows, manifests, markers and
 * catalog. Counted: each holder closes it once; thread-safe.
 */
public final class ReadView implements AutoCloseable {
  private final KvSnapshot snapshot;
  private final long seq;
  private final CatalogSnapshot catalog;
  private final ViewRegistry registry;
  private final AtomicInteger holders = new AtomicInteger(1);

  ReadView(KvSnapshot snapshot, long seq, CatalogSnapshot catalog, ViewRegistry registry) {
    this.snapshot = snapshot;
    this.seq = seq;
    this.catalog = catalog;
    this.registry = registry;
    registry.opened(this);
  }

  public KvSnapshot snapshot() {
    return snapshot;
  }

  /** The newest commit that is visible. */
  public long seq() {
    return seq;
  }

  public CatalogSnapshot catalog() {
    return catalog;
  }

  /** Adds a holder, on behalf of one that is there. */
  public ReadView hold() {
    if (!retain()) {
      throw new IllegalStateException("The view is closed");
    }
    return this;
  }

  /** Adds a holder; false if the last one has gone. */
  boolean retain() {
    while (true) {
      int count = holders.get();
      if (count == 0) {
        return false;
      }
      if (holders.compareAndSet(count, count + 1)) {
        return true;
      }
    }
  }

  /** Gives up one hold. */
  @Override
  public void close() {
    if (holders.decrementAndGet() == 0) {
      snapshot.close();
      registry.closed(this);
    }
  }
}

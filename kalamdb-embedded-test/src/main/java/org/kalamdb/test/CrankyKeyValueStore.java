package org.kalamdb.test;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * A store that hands everything to another one and fails when told to. Thread-safe if the other one
 * is.
 *
 * <pre>{@code
 * cranky.fail(Operation.WRITE, 3, Effect.DONE); // the third write from now is applied, and fails
 * }</pre>
 */
public final class CrankyKeyValueStore implements KeyValueStore {
  /** What can fail. */
  public enum Operation {
    GET,
    MULTI_GET,
    WRITE,
    SYNC_LOG,
    /** Opening an iterator. */
    ITERATOR,
    /** A step or seek of an iterator. */
    STEP,
    SNAPSHOT,
    CHECKPOINT,
    COMPACT
  }

  /** What the failing operation does before it fails. */
  public enum Effect {
    NOT_DONE,
    /** It takes effect: the caller cannot know. */
    DONE
  }

  private record Plan(
      @Nullable Operation operation, long countdown, Effect effect, boolean forever) {
    boolean concerns(Operation happening) {
      return operation == null || operation == happening;
    }
  }

  private final KeyValueStore store;
  private @Nullable Plan plan;
  private long operations;
  private long failures;

  public CrankyKeyValueStore(KeyValueStore store) {
    this.store = store;
  }

  /** The n-th such operation from now (1 is the next) fails, once; a null operation means any. */
  public synchronized void fail(@Nullable Operation operation, long nth, Effect effect) {
    plan = new Plan(operation, nth, effect, false);
  }

  /**
   * The n-th such operation from now and every later one fails without effect, until {@link
   * #heal()}.
   */
  public synchronized void failFrom(@Nullable Operation operation, long nth) {
    plan = new Plan(operation, nth, Effect.NOT_DONE, true);
  }

  /** No further failures. */
  public synchronized void heal() {
    plan = null;
  }

  /** Operations so far, failed ones included: run once to count, then fail each of them in turn. */
  public synchronized long operations() {
    return operations;
  }

  public synchronized long failures() {
    return failures;
  }

  /** The effect with which this operation must fail; null if it must not. */
  private synchronized @Nullable Effect next(Operation operation) {
    operations++;
    Plan current = plan;
    if (current == null || !current.concerns(operation)) {
      return null;
    }
    if (current.countdown() > 1) {
      plan =
          new Plan(
              current.operation(), current.countdown() - 1, current.effect(), current.forever());
      return null;
    }
    if (!current.forever()) {
      plan = null;
    }
    failures++;
    return current.effect();
  }

  private <T> T call(Operation operation, Supplier<T> call) {
    Effect effect = next(operation);
    if (effect == null) {
      return call.get();
    }
    if (effect == Effect.DONE) {
      T result = call.get();
      if (result instanceof KvIterator iterator) {
        iterator.close();
      } else if (result instanceof KvSnapshot snapshot) {
        snapshot.close();
      }
    }
    throw failure(operation);
  }

  private void run(Operation operation, Runnable body) {
    Effect effect = next(operation);
    if (effect != Effect.NOT_DONE) {
      body.run();
    }
    if (effect != null) {
      throw failure(operation);
    }
  }

  private static KalamException failure(Operation operation) {
    boolean writes = operation == Operation.WRITE || operation == Operation.SYNC_LOG;
    return new KalamException(
        writes ? ErrorCode.STATEMENT_COMPLETION_UNKNOWN : ErrorCode.IO_ERROR,
        "Failed on demand: " + operation);
  }

  @Override
  public byte @Nullable [] get(KeyFamily family, byte[] key, @Nullable KvSnapshot snapshot) {
    if (next(Operation.GET) != null) {
      throw failure(Operation.GET);
    }
    return store.get(family, key, snapshot);
  }

  @Override
  public List<byte @Nullable []> multiGet(
      KeyFamily family, List<byte[]> keys, @Nullable KvSnapshot snapshot) {
    return call(Operation.MULTI_GET, () -> store.multiGet(family, keys, snapshot));
  }

  @Override
  public void write(KvWriteBatch batch, boolean sync) {
    run(Operation.WRITE, () -> store.write(batch, sync));
  }

  @Override
  public void syncLog() {
    run(Operation.SYNC_LOG, store::syncLog);
  }

  @Override
  public KvIterator iterator(
      KeyFamily family,
      byte[] from,
      byte @Nullable [] to,
      boolean reverse,
      @Nullable KvSnapshot snapshot) {
    return new CrankyIterator(
        call(Operation.ITERATOR, () -> store.iterator(family, from, to, reverse, snapshot)));
  }

  @Override
  public KvSnapshot snapshot() {
    return call(Operation.SNAPSHOT, store::snapshot);
  }

  @Override
  public void checkpoint(Path directory) {
    run(Operation.CHECKPOINT, () -> store.checkpoint(directory));
  }

  @Override
  public void compactRange(KeyFamily family, byte[] from, byte @Nullable [] to) {
    run(Operation.COMPACT, () -> store.compactRange(family, from, to));
  }

  @Override
  public long approximateBytes(KeyFamily family, byte[] from, byte[] to) {
    return store.approximateBytes(family, from, to);
  }

  @Override
  public void close() {
    store.close();
  }

  private final class CrankyIterator implements KvIterator {
    private final KvIterator iterator;

    CrankyIterator(KvIterator iterator) {
      this.iterator = iterator;
    }

    @Override
    public boolean next() {
      return call(Operation.STEP, iterator::next);
    }

    @Override
    public void seek(byte[] key) {
      run(Operation.STEP, () -> iterator.seek(key));
    }

    @Override
    public byte[] viewKey() {
      return iterator.viewKey();
    }

    @Override
    public int keyLength() {
      return iterator.keyLength();
    }

    @Override
    public byte[] viewValue() {
      return iterator.viewValue();
    }

    @Override
    public int valueLength() {
      return iterator.valueLength();
    }

    @Override
    public byte[] copyKey() {
      return iterator.copyKey();
    }

    @Override
    public byte[] copyValue() {
      return iterator.copyValue();
    }

    @Override
    public void close() {
      iterator.close();
    }
  }
}

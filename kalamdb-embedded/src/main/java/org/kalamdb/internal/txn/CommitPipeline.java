package org.kalamdb.internal.txn;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.feed.ChangeBatch;
import org.kalamdb.internal.feed.ChangeConsumer;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.SeqId;

/**
 * The one way anything changes. A commit is ordered, checked and written to the log under a short
 * lock; then one of the waiting threads syncs the log for all of them (group commit), makes them
 * visible to new readers, and hands them to the feed in commit order. Only what is durable by the
 * chosen {@code sync} is ever visible.
 *
 * <p>Locks: {@link #commitLock} orders commits; {@link #groupLock} elects the leader. The leader
 * holds neither while it syncs. Thread-safe.
 */
public final class CommitPipeline implements AutoCloseable {
  private static final byte[] LAST_SEQ_KEY = "last_seq".getBytes(StandardCharsets.US_ASCII);
  private static final int STRIPES = 1 << 16;

  private final KeyValueStore store;
  private final ChangeConsumer consumer;
  private final LongSupplier clockMillis;
  private final boolean sync;
  private final CommitGuard guard;
  private final ViewRegistry views = new ViewRegistry();

  private final ReentrantLock commitLock = new ReentrantLock();
  private final KvWriteBatch batch = new KvWriteBatch();
  private final long[] newestByStripe = new long[STRIPES];
  private final Map<Integer, Long> newestByTable = new ConcurrentHashMap<>();
  private final ArrayDeque<ChangeBatch> unpublished = new ArrayDeque<>();
  private final RecentWrites recentWrites = new RecentWrites();
  private final LostCommits lost;
  private long lastSeq;

  /** The newest number that a commit has; {@link #lastSeq} may be one that was only reserved. */
  private long writtenSeq;

  private long syncUpTo;
  private CatalogSnapshot catalog;
  private volatile Consumer<CatalogSnapshot> catalogListener = changed -> {};

  private final Object groupLock = new Object();
  private boolean leading;
  private long publishedSeq;
  private long failedFromSeq = Long.MAX_VALUE;
  private ReadView published;
  private boolean closed;

  private volatile long durableSeq;
  private volatile @Nullable KalamException failure;

  /**
   * Starts where the store stands.
   *
   * @param sync whether a commit that does not say otherwise is on disk before it returns
   * @param consumer told of every commit that changed rows, by one thread at a time
   * @param floor no commit is given a number up to this one: numbers that were given before the
   *     store was opened again are not used twice, whether their commits are there or not
   */
  public CommitPipeline(
      KeyValueStore store,
      CatalogSnapshot catalog,
      boolean sync,
      LongSupplier clockMillis,
      ChangeConsumer consumer,
      CommitGuard guard,
      long floor) {
    this.store = store;
    this.catalog = catalog;
    this.sync = sync;
    this.clockMillis = clockMillis;
    this.consumer = consumer;
    this.guard = guard;
    writtenSeq = newestSeq(store);
    lost = LostCommits.load(store, writtenSeq);
    lastSeq = Math.max(writtenSeq, floor);
    publishedSeq = lastSeq;
    durableSeq = writtenSeq;
    published = new ReadView(store.snapshot(), lastSeq, catalog, views);
  }

  /** The newest commit in a store; 0 if there is none. */
  public static long newestSeq(KeyValueStore store) {
    byte[] stored = store.get(KeyFamily.META, LAST_SEQ_KEY, null);
    return stored == null ? 0 : ByteBuffer.wrap(stored).getLong();
  }

  /** Sets the newest commit of a store. */
  public static void addNewestSeq(KvWriteBatch batch, long seq) {
    batch.put(KeyFamily.META, LAST_SEQ_KEY, ByteBuffer.allocate(8).putLong(seq).array());
  }

  public ViewRegistry views() {
    return views;
  }

  /** The newest visible state; the caller closes it. */
  public ReadView acquireView() {
    while (true) {
      ReadView view;
      synchronized (groupLock) {
        view = published;
      }
      if (view.retain()) {
        return view;
      }
      failIfRefused();
    }
  }

  private void failIfRefused() {
    KalamException first = failure;
    if (first != null) {
      throw isClosing(first)
          ? new KalamException(first.code(), first.reason(), first)
          : guard.refusal(first);
    }
  }

  /** Whether nothing failed but the pipeline was closed. */
  private static boolean isClosing(KalamException first) {
    return first.code() == ErrorCode.CONNECTION_DOES_NOT_EXIST;
  }

  /** The highest number that was given to a commit, or reserved. */
  public long lastSeq() {
    return underCommitLock(newest -> newest);
  }

  /** A number that no commit has and that is higher than every commit's so far. */
  public long reserveSeq() {
    commitLock.lock();
    try {
      return nextSeq();
    } finally {
      commitLock.unlock();
    }
  }

  /**
   * Waits until every commit that a view contains has been handed to the consumer.
   *
   * @param seq the view's
   */
  public void awaitHandedOut(long seq) {
    synchronized (groupLock) {
      boolean interrupted = false;
      while (publishedSeq < seq && leading) {
        try {
          groupLock.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private long nextSeq() {
    long byClock = (clockMillis.getAsLong() - SeqId.EPOCH_MILLIS) << SeqId.SEQUENCE_BITS;
    lastSeq = Math.max(lastSeq + 1, byClock);
    lost.given(lastSeq);
    return lastSeq;
  }

  /**
   * Why the state after commit {@code seq} is none that this table was in, or is no longer to be
   * known; null if all that happened to the table since can be told by its rows and the feed.
   */
  public @Nullable String brokenSince(long seq, TableDefinition table) {
    if (lost.isLost(seq, lastSeq())) {
      return "the database has not, or no longer, the commit " + seq + " as it was told";
    }
    return seq < TableFloors.of(store, table.number())
        ? "table " + table.id() + " was created, truncated or altered since"
        : null;
  }

  /** The newest commit that was there when the store was opened. */
  public long foundSeq() {
    return lost.foundSeq();
  }

  /** Commits of before may be lost: nobody can go on from one of them. */
  public void forgetHistory() {
    commitLock.lock();
    try {
      KvWriteBatch note = new KvWriteBatch();
      lost.forgetAll(note);
      store.write(note, true);
    } finally {
      commitLock.unlock();
    }
  }

  /**
   * Runs {@code action} while no commit can be ordered: for a snapshot that must agree with state
   * kept beside the store. Keep it short.
   */
  public <T> T underCommitLock(java.util.function.LongFunction<T> action) {
    commitLock.lock();
    try {
      return action.apply(lastSeq);
    } finally {
      commitLock.unlock();
    }
  }

  /**
   * Names who is told of every catalog that follows, in order, under the commit lock, before
   * readers see it; one at most.
   */
  public void onCatalog(Consumer<CatalogSnapshot> listener) {
    catalogListener = listener;
  }

  /** The catalog that the next commit will see; call it under the commit lock. */
  public CatalogSnapshot newestCatalog() {
    return catalog;
  }

  /**
   * Whether a key that hashes alike was written after {@code seq}; call it under the commit lock.
   */
  boolean mayHaveChangedSince(long seq, int keyHash) {
    return newestByStripe[stripe(keyHash)] > seq;
  }

  /** Notes a written key; call it under the commit lock. */
  public void noteWritten(long seq, int keyHash) {
    newestByStripe[stripe(keyHash)] = seq;
  }

  /** What the newest commits wrote; to be used under the commit lock. */
  RecentWrites recentWrites() {
    return recentWrites;
  }

  /**
   * A view for a SERIALIZABLE transaction, from whose {@link ReadView#seq()} on all writes are kept
   * for its commit to look at; {@link #endSerializable} with that number must follow.
   */
  public ReadView acquireSerializableView() {
    long from =
        underCommitLock(
            newest -> {
              recentWrites.begin(newest);
              return newest;
            });
    ReadView view = null;
    try {
      awaitPublished(from);
      view = acquireView();
      long seq = view.seq();
      underCommitLock(
          newest -> {
            recentWrites.begin(seq);
            return seq;
          });
      return view;
    } finally {
      endSerializable(from);
    }
  }

  /** A transaction with {@link #acquireSerializableView} has ended, whichever way. */
  public void endSerializable(long seq) {
    underCommitLock(
        newest -> {
          recentWrites.end(seq);
          return seq;
        });
  }

  /** Notes that rows of a table were written; call it under the commit lock. */
  void noteTableWritten(long seq, int table) {
    newestByTable.put(table, seq);
  }

  /** Whether a commit after {@code seq} wrote rows of the table; sure under the commit lock. */
  public boolean tableWrittenSince(int table, long seq) {
    return newestByTable.getOrDefault(table, 0L) > seq;
  }

  private static int stripe(int keyHash) {
    return (keyHash * 0x9E3779B1) >>> 16;
  }

  /**
   * Makes the commit durable and visible.
   *
   * @return its number
   * @throws KalamException of the commit's own check, after which nothing has happened; 53100 if
   *     there is no room for it, likewise; 40003 if the log failed and the outcome is unknown: then
   *     nothing can be committed any more; 58030 if the log failed before, and nothing has happened
   */
  public long commit(Commit commit) {
    long seq = order(commit);
    awaitPublished(seq);
    return seq;
  }

  /**
   * To be asked before a file is written that a commit is then about.
   *
   * @throws KalamException 53100 if the disk is full, 58030 if the log has failed
   */
  public void checkRoom() {
    failIfRefused();
    guard.checkRoom();
  }

  /** A commit that is on disk with all before it; others may be too. */
  public long durableSeq() {
    return durableSeq;
  }

  /**
   * Puts everything ordered so far on disk, in addition to what commits do themselves. After an
   * error nothing can be committed any more.
   */
  public void syncNow() {
    long written;
    commitLock.lock();
    try {
      written = writtenSeq;
    } finally {
      commitLock.unlock();
    }
    try {
      store.syncLog();
    } catch (RuntimeException e) {
      fail(e);
      throw e;
    }
    synchronized (groupLock) {
      durableSeq = Math.max(durableSeq, written);
    }
  }

  /** Waits until everything ordered so far is visible to new readers. */
  public void awaitNewest() {
    long newest;
    commitLock.lock();
    try {
      failIfRefused();
      newest = lastSeq;
    } finally {
      commitLock.unlock();
    }
    awaitPublished(newest);
  }

  private long order(Commit commit) {
    commitLock.lock();
    try {
      failIfRefused();
      long seq = nextSeq();
      batch.clear();
      commit.addTo(batch, seq);
      boolean logged = !batch.isEmpty() || !commit.keepsNothing();
      CatalogSnapshot changed = commit.catalog();
      if (logged) {
        addNewestSeq(batch, seq);
        if (changed != null) {
          TableFloors.addTo(batch, catalog, changed, seq);
        }
        lost.addTo(batch);
        guard.admit(commit, batch.approximateBytes());
      }
      try {
        if (logged) {
          store.write(batch, false);
        }
        commit.applied(seq);
      } catch (RuntimeException | Error e) {
        if (e instanceof KalamException refused
            && refused.code() == ErrorCode.PROGRAM_LIMIT_EXCEEDED) {
          // Refused before anything was written.
          throw refused;
        }
        throw fail(e);
      }
      if (logged) {
        writtenSeq = seq;
        lost.written();
        Boolean synced = commit.isSynced();
        if (synced == null ? sync : synced) {
          syncUpTo = seq;
        }
      }
      List<Change> changes = commit.changes();
      List<TableDefinition> altered = changed == null ? List.of() : altered(catalog, changed);
      if (!changes.isEmpty() || !altered.isEmpty()) {
        unpublished.add(new ChangeBatch(seq, changes, altered));
      }
      if (changed != null) {
        catalog = changed;
        catalogListener.accept(changed);
      }
      return seq;
    } finally {
      batch.clear();
      commitLock.unlock();
    }
  }

  /** Tables of both catalogs that have other columns, or another name, in the second. */
  @SuppressWarnings("ReferenceEquality") // the same object nearly always
  private static List<TableDefinition> altered(CatalogSnapshot before, CatalogSnapshot after) {
    List<TableDefinition> altered = new ArrayList<>();
    if (before != after) {
      for (TableDefinition table : after.tables()) {
        TableDefinition known = before.table(table.number());
        if (known != null
            && known != table
            && !(known.hasSameColumns(table) && known.id().equals(table.id()))) {
          altered.add(table);
        }
      }
    }
    return altered;
  }

  /** Waits until a leader, perhaps this thread, has synced and published the commit. */
  private void awaitPublished(long seq) {
    boolean interrupted = false;
    try {
      while (true) {
        synchronized (groupLock) {
          if (publishedSeq >= seq) {
            return;
          }
          if (seq >= failedFromSeq) {
            throw unknownOutcome();
          }
          if (leading) {
            try {
              groupLock.wait();
            } catch (InterruptedException e) {
              interrupted = true;
            }
            continue;
          }
          leading = true;
        }
        lead();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** One turn of the leader: takes all that is ordered, syncs it, publishes it. */
  private void lead() {
    List<ChangeBatch> batches;
    ReadView next = null;
    long upTo = Long.MAX_VALUE;
    long written;
    boolean mustSync;
    try {
      commitLock.lock();
      try {
        upTo = lastSeq;
        written = writtenSeq;
        mustSync = syncUpTo > durableSeq;
        KvSnapshot snapshot = store.snapshot();
        next = new ReadView(snapshot, upTo, catalog, views);
        batches = new ArrayList<>(unpublished);
        unpublished.clear();
      } finally {
        commitLock.unlock();
      }
      if (mustSync) {
        store.syncLog();
        synchronized (groupLock) {
          durableSeq = Math.max(durableSeq, written);
        }
      }
    } catch (RuntimeException | Error e) {
      if (next != null) {
        next.close();
      }
      synchronized (groupLock) {
        leading = false;
        failedFromSeq = publishedSeq + 1;
        groupLock.notifyAll();
      }
      throw fail(e);
    }
    ReadView outdated;
    synchronized (groupLock) {
      // After close() nobody is given a view, and nobody would close this one.
      outdated = closed ? next : published;
      if (!closed) {
        published = next;
      }
    }
    try (outdated) {
      for (ChangeBatch changed : batches) {
        consumer.accept(changed);
      }
    } finally {
      // Whatever happened, the others wait for a leader: it is on disk and visible.
      synchronized (groupLock) {
        publishedSeq = upTo;
        leading = false;
        groupLock.notifyAll();
      }
    }
  }

  /** Remembers the first cause; from now on every commit is refused with it. */
  private KalamException fail(Throwable cause) {
    KalamException first = null;
    synchronized (this) {
      if (failure == null) {
        first =
            new KalamException(
                ErrorCode.IO_ERROR, "The log could not be written: " + reasonOf(cause), cause);
        failure = first;
      }
    }
    if (first != null) {
      guard.logFailed(first);
    }
    return unknownOutcome();
  }

  private static String reasonOf(Throwable cause) {
    return cause instanceof KalamException known ? known.reason() : cause.toString();
  }

  private KalamException unknownOutcome() {
    KalamException first = failure;
    if (first != null && isClosing(first)) {
      return new KalamException(first.code(), first.reason(), first);
    }
    return new KalamException(
        ErrorCode.STATEMENT_COMPLETION_UNKNOWN,
        "The log could not be written; whether this commit took effect is known after reopening",
        first);
  }

  /** Why nothing can be committed any more; null while all is well. */
  public @Nullable KalamException failure() {
    return failure;
  }

  /** Refuses further commits and lets go of the published view. Views of readers stay theirs. */
  @Override
  public void close() {
    commitLock.lock();
    try {
      synchronized (this) {
        if (failure != null && isClosing(failure)) {
          return;
        }
        failure = new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The database is closed");
      }
    } finally {
      commitLock.unlock();
    }
    letGo();
  }

  /** As {@link #close()} after a failure, which goes on to be what calls are refused with. */
  public void closeFailed() {
    if (failure == null) {
      throw new IllegalStateException("The log has not failed");
    }
    letGo();
  }

  private void letGo() {
    synchronized (groupLock) {
      if (!closed) {
        closed = true;
        published.close();
      }
    }
  }
}

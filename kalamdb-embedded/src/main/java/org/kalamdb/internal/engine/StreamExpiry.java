package org.kalamdb.internal.engine;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.feed.ChangeBatch;
import org.kalamdb.internal.feed.ChangeConsumer;
import org.kalamdb.internal.flush.EventExpiry;
import org.kalamdb.internal.live.LiveQueries;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.txn.EventListeners;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that live queries are told of events that expire: a partition somebody listens to has
 * its expired events deleted by a commit, soon after their time. For others nothing is done here.
 *
 * <p>A live query sees an event until the commit that deletes it, whatever the clock says: so
 * snapshots and changes agree. What is deleted silently, because nobody listens, is deleted before
 * the snapshot of any query that begins later: {@link #pin}. Thread-safe.
 */
final class StreamExpiry implements ChangeConsumer, EventListeners, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamExpiry.class);

  /** Clocks are set, so no sleep is long; one that is turned by hand is looked at more often. */
  private static final long MAX_SLEEP_MILLIS = 100;

  private static final long MAX_SLEEP_BY_HAND_MILLIS = 20;

  private static final long MIN_SLEEP_MILLIS = 5;
  private static final long AFTER_FAILURE_MILLIS = 1_000;
  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int MAX_PARTITIONS = 1_000;
  private static final long AT_ONCE = Long.MIN_VALUE;

  private record Place(int table, UserId user) {}

  /** A partition that is listened to, or is about to be. */
  private static final class Watched {
    private final AtomicInteger pins = new AtomicInteger(); // raised in the map's compute

    /** When its next event expires, or earlier; guarded by this. */
    private long next = AT_ONCE;
  }

  private final Engine engine;
  private final LiveQueries queries;
  private final long maxSleep;
  private final ConcurrentHashMap<Place, Watched> watched = new ConcurrentHashMap<>();
  private final Object timerLock = new Object();

  /** No watched partition has an event that expires before; guarded by {@link #timerLock}. */
  private long earliest = EventExpiry.NEVER;

  private @Nullable ScheduledThreadPoolExecutor timer; // guarded by timerLock
  private boolean ticking; // guarded by timerLock
  private long lastSweep = System.nanoTime(); // the timer's
  private boolean closed; // guarded by timerLock

  StreamExpiry(Engine engine, LiveQueries queries) {
    this.engine = engine;
    this.queries = queries;
    this.maxSleep =
        engine.options().clock().equals(Clock.systemUTC())
            ? MAX_SLEEP_MILLIS
            : MAX_SLEEP_BY_HAND_MILLIS;
  }

  @Override
  public boolean isListened(int table, UserId user) {
    if (queries.isListened(table, user)) {
      return true;
    }
    Watched place = watched.get(new Place(table, user));
    return place != null && place.pins.get() > 0;
  }

  // ---- who listens

  /** Partitions that count as listened to until it is closed. */
  final class Pins implements AutoCloseable {
    private final List<Place> places;

    private Pins(List<Place> places) {
      this.places = places;
    }

    @Override
    public void close() {
      for (Place place : places) {
        Watched found = watched.get(place);
        if (found != null) {
          found.pins.decrementAndGet();
        }
      }
    }
  }

  /**
   * To be held while a live query is registered. When it returns, what has expired is deleted, and
   * whatever was deleted without a word is visible to new snapshots.
   */
  Pins pin(List<TableDefinition> tables, @Nullable UserId user) {
    List<Place> places = new ArrayList<>();
    for (TableDefinition table : tables) {
      if (table.type() == TableType.STREAM && !table.options().ephemeral() && user != null) {
        places.add(new Place(table.number(), user));
      }
    }
    for (Place place : places) {
      watched.compute(
          place,
          (key, found) -> {
            Watched now = found == null ? new Watched() : found;
            now.pins.incrementAndGet();
            return now;
          });
    }
    Pins pins = new Pins(places);
    if (!places.isEmpty()) {
      try {
        expire(places, engine.options().clock().millis());
        awaitNewest();
        startTimer();
      } catch (RuntimeException | Error e) {
        pins.close();
        throw e;
      }
    }
    return pins;
  }

  private void awaitNewest() {
    boolean entered = engine.enterWait();
    try {
      engine.pipeline().awaitNewest();
    } finally {
      if (entered) {
        engine.exitWait();
      }
    }
  }

  // ---- when events expire

  /** A new event may be the first to expire of a partition that had none. */
  @Override
  public void accept(ChangeBatch batch) {
    if (watched.isEmpty()) {
      return;
    }
    for (Change change : batch.changes()) {
      UserId user = change.user();
      if (user != null
          && change.newRow() != null
          && change.table().type() == TableType.STREAM
          && !change.table().options().ephemeral()) {
        Watched place = watched.get(new Place(change.table().number(), user));
        if (place != null) {
          lower(place, EventKeys.expiryIn(change.key(), change.key().length));
        }
      }
    }
  }

  private void lower(Watched place, long expiry) {
    synchronized (place) {
      if (expiry >= place.next) {
        return;
      }
      place.next = expiry;
    }
    lowerEarliest(expiry);
  }

  private void lowerEarliest(long expiry) {
    synchronized (timerLock) {
      earliest = Math.min(earliest, expiry);
    }
  }

  /** What is known of the store does not hold any more. */
  void lookAgain() {
    for (Watched place : watched.values()) {
      lower(place, AT_ONCE);
    }
  }

  /** Deletes what has expired; under the commit lock each is told when its next event does. */
  private void expire(List<Place> places, long now) {
    List<EventExpiry.Target> targets = new ArrayList<>();
    for (Place place : places) {
      Watched found = watched.get(place);
      if (found != null) {
        targets.add(
            new EventExpiry.Target(
                place.table(),
                place.user(),
                next -> {
                  synchronized (found) {
                    found.next = next;
                  }
                  lowerEarliest(next);
                }));
      }
    }
    engine.storage().expiry().expire(targets, now, engine::commit);
  }

  // ---- the timer

  private void startTimer() {
    synchronized (timerLock) {
      if (ticking || closed) {
        return;
      }
      if (timer == null) {
        timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("kalamdb-streams"));
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
      }
      ticking = true;
      schedule(MIN_SLEEP_MILLIS);
    }
  }

  /** Under {@link #timerLock}. */
  private void schedule(long millis) {
    ScheduledThreadPoolExecutor executor = timer;
    if (executor != null) {
      try {
        var unused = executor.schedule(this::tick, millis, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        LOG.atDebug().log("No more events expire: the database is closing");
      }
    }
  }

  private void tick() {
    long sleep = AFTER_FAILURE_MILLIS;
    try {
      long now = engine.options().clock().millis();
      boolean due;
      synchronized (timerLock) {
        due = earliest <= now;
      }
      if (System.nanoTime() - lastSweep > SWEEP_NANOS) {
        lastSweep = System.nanoTime();
        watched.keySet().forEach(this::kept);
      }
      if (due) {
        round(now);
      }
      synchronized (timerLock) {
        // Both may be far apart, so no difference is taken before it is known to be small.
        sleep =
            earliest >= now + maxSleep
                ? maxSleep
                : Math.max(MIN_SLEEP_MILLIS, earliest < now ? 0 : earliest - now);
      }
    } catch (KalamException e) {
      lowerEarliest(AT_ONCE);
      LOG.atDebug().setCause(e).log("Expired events cannot be deleted now");
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      lowerEarliest(AT_ONCE);
      LOG.atWarn().setCause(e).log("Deleting expired events failed");
    }
    synchronized (timerLock) {
      if (watched.isEmpty()) {
        ticking = false;
      } else if (!closed) {
        schedule(sleep);
      }
    }
  }

  /** One look at every watched partition. */
  private void round(long now) {
    synchronized (timerLock) {
      earliest = EventExpiry.NEVER;
    }
    List<Place> due = new ArrayList<>();
    for (Place place : watched.keySet()) {
      Watched found = kept(place);
      if (found != null) {
        synchronized (found) {
          if (found.next <= now) {
            due.add(place);
          } else {
            lowerEarliest(found.next);
          }
        }
      }
    }
    if (due.isEmpty()) {
      return;
    }
    if (!engine.tryEnter()) {
      lowerEarliest(now + AFTER_FAILURE_MILLIS);
      return;
    }
    try {
      for (int from = 0; from < due.size(); from += MAX_PARTITIONS) {
        expire(due.subList(from, Math.min(due.size(), from + MAX_PARTITIONS)), now);
      }
    } finally {
      engine.exit();
    }
  }

  /** What is known of the place; forgotten, and null, if nobody listens any more. */
  private @Nullable Watched kept(Place place) {
    return watched.computeIfPresent(place, (key, there) -> isWanted(key, there) ? there : null);
  }

  private boolean isWanted(Place place, Watched found) {
    return found.pins.get() > 0 || queries.isListened(place.table(), place.user());
  }

  // ---- altered tables

  /**
   * A stream table was altered: its events follow its options. Returns when they do.
   *
   * @param before null: there is no such table
   */
  void altered(@Nullable TableDefinition before, @Nullable TableDefinition after) {
    if (before == null || after == null || after.type() != TableType.STREAM) {
      return;
    }
    boolean retimed = before.options().ttlSeconds() != after.options().ttlSeconds();
    boolean trimmed = before.options().maxBuffer() != after.options().maxBuffer();
    if (after.options().ephemeral() || !(retimed || trimmed)) {
      return;
    }
    engine
        .storage()
        .expiry()
        .settle(after, retimed, engine.options().clock()::millis, engine::commit);
    watched.forEach(
        (place, found) -> {
          if (place.table() == after.number()) {
            lower(found, AT_ONCE);
          }
        });
  }

  /** Nothing expires by itself any more. */
  @Override
  public void close() {
    synchronized (timerLock) {
      closed = true;
      if (timer != null) {
        timer.shutdown();
      }
    }
  }
}

package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.query.Row;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener's place in a live query: its queue, and what it is to be told next.
 *
 * <p><b>The seam.</b> A subscription is registered first and reads its snapshot later. What is
 * published before it begins to open the snapshot ({@link Phase#WAITING}) is dropped: published
 * means visible, so the snapshot will contain it. From then on everything is queued ({@link
 * Phase#OPENING}). Once the snapshot's seq is known ({@link Phase#SNAPSHOT}), what it contains is
 * dropped, whether queued already or still on its way through the dispatcher. Ready follows the
 * last rows, then the queue ({@link Phase#STREAMING}). A reset is a return to WAITING. Resuming is
 * the same with what was missed in the snapshot's place.
 *
 * <p><b>One thread at a time.</b> {@code scheduled} is true from the moment there is something to
 * do until a thread finds nothing left; only the thread that carries it runs {@link #run}, so
 * events reach the listener in order and never side by side. Snapshots are read on delivery
 * threads; callbacks run there too, or on the user's executor, to which the one turn is passed back
 * and forth.
 *
 * <p><b>Locks.</b> {@code lock} guards every field that is not final; no listener, executor or
 * snapshot is called under it. A partition's monitor may be held when taking it, not the reverse.
 * It is private because an application may synchronize on the subscription itself.
 */
final class LiveSubscription implements Subscription, Runnable {
  private static final Logger log = LoggerFactory.getLogger(LiveSubscription.class);

  /** The subscription whose listener the thread is running. */
  private static final ThreadLocal<@Nullable LiveSubscription> CURRENT = new ThreadLocal<>();

  /** Guards {@link #waitsFor} of all subscriptions. */
  private static final Object CLOSE_WAITS = new Object();

  /** Events a subscription handles before others get a turn. */
  private static final int TURN = 64;

  /**
   * A snapshot that keeps being overtaken may queue up to capacity times two to the power of this.
   */
  private static final int MAX_PATIENCE = 6;

  private enum Phase {
    WAITING,
    OPENING,
    SNAPSHOT,
    STREAMING,
    ENDED
  }

  private enum Next {
    NOTHING,
    READ,
    CALL
  }

  /** A snapshot being told. */
  private static final class Reading {
    private final SnapshotSource.Snapshot snapshot;
    private final long seq;
    private @Nullable List<Row> rows;
    private boolean exhausted;

    /** What a resumed listener is told in place of rows. */
    private final Deque<ChangeEvent.Changes> missed = new ArrayDeque<>(0);

    private Reading(SnapshotSource.Snapshot snapshot, long toldUntil) {
      this.snapshot = snapshot;
      this.seq = Math.max(snapshot.seq(), toldUntil);
    }

    private Reading(Missed missed) {
      this(missed.asSnapshot(), 0);
      this.missed.addAll(missed.changes());
      this.exhausted = true;
    }
  }

  private record Ending(String reason, @Nullable Throwable error) {}

  private final Object lock = new Object();
  private final long number;
  private final LiveQueries queries;
  private final @Nullable UserId owner;
  private final Role role;
  private final SubscriptionOptions options;
  private final ChangeListener listener;
  private final long openedMillis = System.currentTimeMillis();

  /** Set while it is registered, before any other thread sees it. */
  private @Nullable SubscriberGroup group;

  /** Position in its group, or -1; guarded by the group's monitor. */
  int slot = -1;

  private Phase phase = Phase.WAITING;
  private boolean scheduled;
  private boolean told;

  /** The listener knows the result as of {@link #lastSeq}; for who has the turn. */
  private boolean resuming;

  private boolean closedTold;
  private boolean executorFailed;
  private byte failedSnapshots;
  private final DeliveryQueue queue = new DeliveryQueue();

  /**
   * Of altered tables, each to be told before what later commits did. Apart from the queue: no
   * snapshot tells them, and no reset makes them untrue. Null if there are none.
   */
  private @Nullable Deque<ChangeEvent.SchemaChanged> alterations;

  /** The newest that was noted. */
  private ChangeEvent.@Nullable SchemaChanged lastAlteration;

  /** Row changes of commits under way to a BLOCK queue, and their bytes. */
  private int reserved;

  private long reservedBytes;

  /** Events the listener may still be given; {@code Long.MAX_VALUE}: all there are. */
  private long demand;

  private @Nullable String resetReason;
  private @Nullable Reading reading;
  private @Nullable Ending ending;
  private @Nullable Thread callbackThread;
  private @Nullable LiveSubscription waitsFor;
  private volatile long lastSeq;
  private long delivered;
  private int resets;
  private int failures;

  LiveSubscription(
      long number,
      LiveQueries queries,
      @Nullable UserId owner,
      Role role,
      SubscriptionOptions options,
      ChangeListener listener) {
    this.number = number;
    this.owner = owner;
    this.role = role;
    this.queries = queries;
    this.options = options;
    this.listener = listener;
    SeqId from = options.from();
    if (from != null) {
      resuming = true;
      told = true;
      lastSeq = from.value();
    }
    this.demand = listener instanceof PullingListener ? 0 : Long.MAX_VALUE;
  }

  void attach(SubscriberGroup to) {
    this.group = to;
  }

  SubscriberGroup group() {
    return Objects.requireNonNull(group, "not registered");
  }

  /** Who asked for it; null if no user did. */
  @Nullable UserId owner() {
    return owner;
  }

  /** Of the session that asked for it. */
  Role role() {
    return role;
  }

  Overflow overflow() {
    return options.overflow();
  }

  /** The subscription whose listener is running on this thread, if any. */
  static @Nullable LiveSubscription current() {
    return CURRENT.get();
  }

  // ---- the application's side

  @Override
  public String id() {
    return "live-" + number;
  }

  @Override
  public String sql() {
    return group().sql();
  }

  @Override
  public SeqId lastSeq() {
    return new SeqId(lastSeq);
  }

  @Override
  public boolean isOpen() {
    synchronized (lock) {
      return ending == null;
    }
  }

  @Override
  public void close() {
    end("closed by the application", null);
    awaitCallback();
  }

  /**
   * Begins the end: nothing but Closed is told from now on. Does not wait. False if it had ended.
   */
  boolean end(String reason, @Nullable Throwable error) {
    boolean start;
    synchronized (lock) {
      if (ending != null) {
        return false;
      }
      queries.ending(this);
      ending = new Ending(reason, error);
      phase = Phase.ENDED;
      alterations = null;
      dropQueue();
      start = !scheduled;
      scheduled = true;
      lock.notifyAll();
    }
    queries.unregister(this);
    if (start) {
      queries.threads().run(this);
    }
    return true;
  }

  /**
   * Waits until no callback runs, unless this thread is in it, or in one that it (perhaps through
   * others) is waiting for.
   */
  private void awaitCallback() {
    LiveSubscription own = CURRENT.get();
    if (own == this || !beginWait(own)) {
      return;
    }
    boolean interrupted = false;
    synchronized (lock) {
      // A Closed callback is allowed after close() and need not be waited for.
      Thread awaited = callbackThread;
      while (awaited != null && awaited == callbackThread && !closedTold) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    endWait(own);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean beginWait(@Nullable LiveSubscription own) {
    if (own == null) {
      return true;
    }
    synchronized (CLOSE_WAITS) {
      for (LiveSubscription s = this; s != null; s = s.waitsFor) {
        if (s == own) {
          return false;
        }
      }
      own.waitsFor = this;
      return true;
    }
  }

  private static void endWait(@Nullable LiveSubscription own) {
    if (own != null) {
      synchronized (CLOSE_WAITS) {
        own.waitsFor = null;
      }
    }
  }

  // ---- the registry's side

  /** Starts it; the first snapshot is read. */
  void start() {
    synchronized (lock) {
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    queries.threads().run(this);
  }

  /** Lets the listener have so many more events. */
  void request(long events) {
    synchronized (lock) {
      demand = events > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + events;
      if (!schedule()) {
        return;
      }
    }
    queries.threads().run(this);
  }

  /**
   * Queues what a commit changed; true if the caller must have it run.
   *
   * @param bytes what it takes, by estimate
   */
  boolean offer(ChangeEvent event, long bytes) {
    synchronized (lock) {
      if ((phase == Phase.WAITING && !group().isEphemeral())
          || phase == Phase.ENDED
          || (event instanceof ChangeEvent.Changes && event.seq().value() <= seam())) {
        return false;
      }
      if (overflow() != Overflow.BLOCK && !makeRoom()) {
        return resetLocked("the listener fell " + queue.changes() + " changes behind");
      }
      queue.add(event, bytes);
      return schedule();
    }
  }

  /** A table was altered; true if the caller must have it run. */
  boolean altered(ChangeEvent.SchemaChanged event) {
    synchronized (lock) {
      if (phase == Phase.ENDED || group().knows(event) || isNoted(event)) {
        return false;
      }
      lastAlteration = event;
      if (alterations == null) {
        alterations = new ArrayDeque<>(1);
      }
      alterations.add(event);
      return schedule();
    }
  }

  private boolean isNoted(ChangeEvent.SchemaChanged event) {
    return lastAlteration != null
        && lastAlteration.table().equals(event.table())
        && lastAlteration.version() == event.version();
  }

  /** What is to be told before the events of a commit. */
  private ChangeEvent.@Nullable SchemaChanged takeAlteration(long before) {
    ChangeEvent.SchemaChanged first = alterations == null ? null : alterations.peek();
    if (alterations == null || first == null || first.seq().value() > before) {
      return null;
    }
    alterations.remove();
    if (alterations.isEmpty()) {
      alterations = null;
    }
    // It may have come late, after a snapshot with its commit.
    return first.seq().value() >= lastSeq
        ? first
        : new ChangeEvent.SchemaChanged(
            new SeqId(lastSeq), first.table(), first.version(), first.columns());
  }

  /**
   * False if the queue is full. COALESCE merges it then, which is of use only if that leaves it
   * half empty at most: else every further commit would have it merged again. What comes while the
   * snapshot is being opened must stay apart, as the snapshot will contain some of it.
   */
  private boolean makeRoom() {
    int patience = phase == Phase.STREAMING ? 0 : failedSnapshots;
    long most = (long) options.queueCapacity() << patience;
    long mostBytes =
        options.queueBytes() > Long.MAX_VALUE >> patience
            ? Long.MAX_VALUE
            : options.queueBytes() << patience;
    if (!queue.reaches(most, mostBytes)) {
      return true;
    }
    if (overflow() != Overflow.COALESCE || phase == Phase.OPENING) {
      return false;
    }
    queue.coalesce(group().keyColumns());
    return !queue.reaches(most / 2 + 1, mostBytes / 2 + 1);
  }

  /** Sends it back to its snapshot; true if the caller must have it run. */
  boolean reset(String reason) {
    synchronized (lock) {
      return phase != Phase.WAITING && phase != Phase.ENDED && resetLocked(reason);
    }
  }

  private boolean resetLocked(String reason) {
    if (phase != Phase.STREAMING && failedSnapshots < MAX_PATIENCE) {
      failedSnapshots++;
    }
    phase = Phase.WAITING;
    resetReason = reason;
    dropQueue();
    return schedule();
  }

  private boolean schedule() {
    boolean first = !scheduled;
    scheduled = true;
    return first;
  }

  /** Commits up to here have been told or are in the snapshot being told. */
  private long seam() {
    return phase == Phase.SNAPSHOT && reading != null ? reading.seq : lastSeq;
  }

  private void dropQueue() {
    queue.clear();
    lock.notifyAll();
  }

  /**
   * Waits for room in a BLOCK queue and takes it for {@code changes} of a commit. Does not wait
   * before the snapshot is open, as opening may wait for this very commit, nor on an interrupted
   * thread; the queue then overruns by the commit.
   */
  void reserve(int changes, long bytes, BackPressure pressure) {
    synchronized (lock) {
      boolean interrupted = false;
      while ((phase == Phase.SNAPSHOT || phase == Phase.STREAMING)
          && queue.reaches(
              options.queueCapacity() - (long) reserved, options.queueBytes() - reservedBytes)
          && !interrupted
          && pressure.mayWait()) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      reserved += changes;
      reservedBytes += bytes;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Gives back what {@link #reserve} took, once the commit is dispatched. */
  void release(int changes, long bytes) {
    synchronized (lock) {
      reserved -= changes;
      reservedBytes -= bytes;
      lock.notifyAll();
    }
  }

  /** Makes a writer that waits in {@link #reserve} look again. */
  void recheckRoom() {
    synchronized (lock) {
      lock.notifyAll();
    }
  }

  SubscriptionInfo info() {
    SubscriberGroup of = group();
    SubscriptionInfo.Way way = of.way();
    String fallback = of.fallback();
    long stateBytes = of.stateBytes();
    int listeners;
    synchronized (of.guard()) {
      listeners = of.subscriberCount();
    }
    synchronized (lock) {
      return new SubscriptionInfo(
          id(),
          of.sql(),
          of.tables(),
          owner,
          phase.name(),
          lastSeq,
          queue.changes() + reserved,
          delivered,
          resets,
          failures,
          queue.bytes() + reservedBytes,
          queue.coalesced(),
          way,
          fallback,
          listeners,
          stateBytes,
          openedMillis,
          queue.oldest());
    }
  }

  // ---- the turn

  /** Takes a turn on a delivery thread. */
  @Override
  public void run() {
    takeTurn(true);
  }

  private void takeTurn(boolean onDeliveryThread) {
    for (int i = 0; i < TURN; i++) {
      switch (next()) {
        case NOTHING -> {
          return;
        }
        case READ -> {
          if (!onDeliveryThread) {
            queries.threads().run(this);
            return;
          }
          read();
        }
        case CALL -> {
          Executor executor = options.executor();
          if (onDeliveryThread && executor != null && !executorFailed) {
            passTo(executor);
            return;
          }
          call();
        }
      }
    }
    queries.threads().run(this);
  }

  private void passTo(Executor executor) {
    try {
      executor.execute(() -> takeTurn(false));
    } catch (RuntimeException e) {
      synchronized (lock) {
        executorFailed = true;
      }
      log.atWarn()
          .setCause(e)
          .addKeyValue("subscription", id())
          .log("An executor refused a live query");
      end(
          "its executor refused it",
          new KalamException(
              ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE, "The executor refused a callback", e));
      queries.threads().run(this);
    }
  }

  /**
   * What to do now; gives up the turn if that is nothing. A listener that asks for events is told
   * the end unasked, and costs nothing before it has asked: no snapshot is opened.
   */
  private Next next() {
    synchronized (lock) {
      if (reading != null && phase != Phase.SNAPSHOT) {
        return Next.READ;
      }
      boolean mute = demand == 0 && phase != Phase.ENDED;
      Next next =
          mute
              ? Next.NOTHING
              : switch (phase) {
                case WAITING ->
                    resetReason != null && told
                        ? Next.CALL
                        : queries.isPaused() ? Next.NOTHING : Next.READ;
                case OPENING -> throw new IllegalStateException("Two threads run one subscription");
                case SNAPSHOT ->
                    reading != null && reading.rows == null && !reading.exhausted
                        ? Next.READ
                        : Next.CALL;
                case STREAMING -> queue.isEmpty() && alterations == null ? Next.NOTHING : Next.CALL;
                case ENDED -> closedTold ? Next.NOTHING : Next.CALL;
              };
      if (next == Next.NOTHING) {
        scheduled = false;
        if (closedTold) {
          queries.ended(this);
        }
      }
      return next;
    }
  }

  /** Opens, reads on in, or lets go the snapshot. */
  private void read() {
    int pauses = queries.pauses();
    Reading current;
    synchronized (lock) {
      current = reading;
      if (current == null) {
        if (phase != Phase.WAITING || queries.isPaused()) {
          return;
        }
        phase = Phase.OPENING;
        resetReason = null;
      } else if (phase != Phase.SNAPSHOT) {
        reading = null;
      }
    }
    try {
      if (current == null) {
        open();
      } else if (current == readingNow()) {
        pull(current);
      } else {
        current.snapshot.close();
      }
    } catch (KalamException e) {
      readingFailed(e, pauses);
    } catch (RuntimeException | Error e) {
      readingFailed(
          new KalamException(
              ErrorCode.INTERNAL_ERROR, "Reading the snapshot of a live query failed", e),
          pauses);
    }
  }

  /** Ends it, unless its snapshot was closed under it: then it was or is sent back to a new one. */
  private void readingFailed(KalamException error, int pausesBefore) {
    if (queries.pauses() != pausesBefore) {
      synchronized (lock) {
        if (phase == Phase.OPENING || phase == Phase.SNAPSHOT) {
          resetLocked(error.reason());
        }
      }
      return;
    }
    if (!end(error.reason(), error)) {
      log.atWarn()
          .setCause(error)
          .addKeyValue("subscription", id())
          .log("The snapshot of an ended live query failed");
    }
  }

  private @Nullable Reading readingNow() {
    synchronized (lock) {
      return reading;
    }
  }

  private void open() {
    // Events of no snapshot are not told again after a reset.
    long toldUntil = group().isEphemeral() ? lastSeq : 0;
    Reading opened =
        resuming
            ? resume()
            : new Reading(
                group().source().open(options.lastRows(), options.batchSize()), toldUntil);
    if (opened == null) {
      return;
    }
    synchronized (lock) {
      // Kept even if it was overtaken meanwhile: the next step then lets it go.
      reading = opened;
      if (phase == Phase.OPENING) {
        phase = Phase.SNAPSHOT;
        queue.removeUpTo(opened.seq);
        lock.notifyAll();
      }
    }
  }

  /** What was missed; null if it is sent to a snapshot instead. */
  private @Nullable Reading resume() {
    resuming = false;
    Missed missed = group().source().changesSince(lastSeq);
    String lost = missed.lost();
    if (lost == null) {
      return new Reading(missed);
    }
    synchronized (lock) {
      if (phase == Phase.OPENING) {
        resetLocked(lost);
        lastSeq = 0; // perhaps of a commit that this database never had
      }
    }
    return null;
  }

  private void pull(Reading current) {
    List<@Nullable Object[]> values = current.snapshot.next();
    if (values == null) {
      current.snapshot.close();
    }
    List<Row> rows = null;
    if (values != null) {
      rows = new ArrayList<>(values.size());
      for (@Nullable Object[] row : values) {
        rows.add(new Row(group().columns(), row));
      }
    }
    synchronized (lock) {
      current.rows = rows;
      current.exhausted = rows == null;
    }
  }

  /** Tells the listener the next event. */
  private void call() {
    ChangeEvent event;
    synchronized (lock) {
      event = takeEvent();
      if (event == null) {
        return;
      }
      delivered++;
      if (demand != Long.MAX_VALUE && demand > 0) {
        demand--;
      }
      callbackThread = Thread.currentThread();
    }
    LiveSubscription outer = CURRENT.get();
    CURRENT.set(this);
    try {
      listener.onEvent(event);
    } catch (Throwable t) {
      failed(t);
    } finally {
      if (outer == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(outer);
      }
      synchronized (lock) {
        callbackThread = null;
        lock.notifyAll();
      }
    }
  }

  private @Nullable ChangeEvent takeEvent() {
    if (ending != null) {
      closedTold = true;
      return new ChangeEvent.Closed(new SeqId(lastSeq), ending.reason, ending.error);
    }
    if (phase == Phase.WAITING && resetReason != null) {
      ChangeEvent event = new ChangeEvent.Reset(new SeqId(lastSeq), resetReason);
      resetReason = null;
      told = false;
      resets++;
      return event;
    }
    ChangeEvent altered = null;
    if (phase == Phase.SNAPSHOT && reading != null) {
      altered = takeAlteration(reading.seq);
      return altered != null ? altered : takeSnapshotEvent(reading);
    }
    if (phase == Phase.STREAMING) {
      altered = takeAlteration(queue.nextSeq());
    }
    if (altered != null) {
      return altered;
    }
    if (phase == Phase.STREAMING && !queue.isEmpty()) {
      ChangeEvent event = queue.remove();
      lock.notifyAll();
      lastSeq = Math.max(lastSeq, event.seq().value());
      return event;
    }
    return null;
  }

  private ChangeEvent takeSnapshotEvent(Reading current) {
    told = true;
    SeqId seq = new SeqId(current.seq);
    ChangeEvent.Changes changes = current.missed.poll();
    if (changes != null) {
      lastSeq = changes.seq().value();
      return changes;
    }
    List<Row> rows = current.rows;
    if (rows != null) {
      current.rows = null;
      return new ChangeEvent.SnapshotRows(seq, rows);
    }
    reading = null;
    failedSnapshots = 0;
    phase = Phase.STREAMING;
    lastSeq = current.seq;
    return new ChangeEvent.Ready(seq);
  }

  /** Reports the first failures and then ever fewer, as a listener may fail at every event. */
  private void failed(Throwable t) {
    int count;
    synchronized (lock) {
      count = ++failures;
    }
    queries.listenerFailed();
    if (Integer.bitCount(count) == 1) {
      log.atWarn()
          .setCause(t)
          .addKeyValue("subscription", id())
          .addKeyValue("failures", count)
          .log("The listener of a live query failed");
    }
  }
}

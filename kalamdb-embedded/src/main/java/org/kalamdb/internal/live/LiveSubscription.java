package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.live.Handover.Step;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.SchemaChanged;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener's place in a live query: its queue, and what it is to be told next.
 *
 * <p>It begins with a {@link Handover} from the snapshot to the changes, and returns to one when it
 * is reset; in between it streams, and holds nothing but its queue.
 *
 * <p><b>One thread at a time.</b> {@code scheduled} is true from the moment there is something to
 * do until a thread finds nothing left; only the thread that carries it runs {@link #run}, so
 * events reach the listener in order and never side by side. Snapshots are read on delivery
 * threads; callbacks run there too, or on the user's executor, to which the one turn is passed back
 * and forth.
 *
 * <p><b>Locks.</b> The queue's monitor guards every field that is not final; no listener, executor
 * or snapshot is called under it. A partition's monitor may be held when taking it, not the
 * reverse. An application may synchronize on the subscription itself, never on the queue.
 *
 * <p>There may be a hundred thousand, idle nearly always: each field counts.
 */
final class LiveSubscription implements Subscription, Runnable {
  private static final Logger log = LoggerFactory.getLogger(LiveSubscription.class);

  /** The subscription whose turn the thread runs. */
  private static final ThreadLocal<@Nullable LiveSubscription> CURRENT = new ThreadLocal<>();

  /** Events a subscription handles before others get a turn. */
  private static final int TURN = 64;

  private enum Next {
    NOTHING,
    READ,
    CALL
  }

  private record Ending(String reason, @Nullable Throwable error) {}

  private final long number;
  private final LiveQueries queries;
  private final @Nullable UserId owner;
  private final Role role;
  private final SubscriptionOptions options;
  private final ChangeListener listener;
  private final DeliveryQueue queue;
  private final long openedMillis = System.currentTimeMillis();

  /** Set while it is registered, before any other thread sees it. */
  private @Nullable SubscriberGroup group;

  /** Position in its group, or -1; guarded by the group's monitor. */
  int slot = -1;

  /** Null while changes are told. When it has ended: a snapshot may still have to be let go. */
  private @Nullable Handover handover;

  private boolean scheduled;
  private boolean closedTold;
  private @Nullable Ending ending;
  private @Nullable Thread callbackThread;
  private volatile long lastSeq;
  private long delivered;
  private @Nullable Seldom seldom;

  /** What most subscriptions never need. */
  private static final class Seldom {
    private int resets;
    private int failures;
    private boolean executorFailed;

    /**
     * Of altered tables, each to be told before what later commits did. Apart from the queue: no
     * snapshot tells them, and no reset makes them untrue.
     */
    private final Deque<SchemaChanged> alterations = new ArrayDeque<>(0);

    /** The newest that was noted. */
    private @Nullable SchemaChanged lastAlteration;

    private boolean knows(SchemaChanged event) {
      return lastAlteration != null
          && lastAlteration.table().equals(event.table())
          && lastAlteration.version() == event.version();
    }
  }

  private Seldom seldom() {
    Seldom known = seldom;
    if (known == null) {
      known = new Seldom();
      seldom = known;
    }
    return known;
  }

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
    this.queue = DeliveryQueue.of(options.overflow());
    SeqId from = options.from();
    this.handover = new Handover(from != null);
    if (from != null) {
      lastSeq = from.value();
    }
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

  SubscriptionOptions options() {
    return options;
  }

  LiveQueries queries() {
    return queries;
  }

  /** Guards it. */
  Object lock() {
    return queue;
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
    synchronized (queue) {
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
    synchronized (queue) {
      if (ending != null) {
        return false;
      }
      queries.ending(this);
      ending = new Ending(reason, error);
      if (seldom != null) {
        seldom.alterations.clear();
      }
      dropQueue();
      start = !scheduled;
      scheduled = true;
      queue.notifyAll();
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
    if (own == this || !CloseWaits.begin(own, this)) {
      return;
    }
    boolean interrupted = false;
    synchronized (queue) {
      // A Closed callback is allowed after close() and need not be waited for.
      Thread awaited = callbackThread;
      while (awaited != null && awaited == callbackThread && !closedTold) {
        try {
          queue.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    CloseWaits.end(own);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the registry's side

  /** Starts it; the first snapshot is read. */
  void start() {
    synchronized (queue) {
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    queries.threads().run(this);
  }

  /** Lets a pulling listener have so many more events. */
  void request(long events) {
    synchronized (queue) {
      if (listener instanceof PullingListener pulling) {
        pulling.ask(events);
      }
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
    synchronized (queue) {
      Handover way = handover;
      if (ending != null
          || (way != null && way.step() == Step.WAITING && !group().isEphemeral())
          || (event instanceof ChangeEvent.Changes && event.seq().value() <= seam())) {
        return false;
      }
      if (!makeRoom(way)) {
        return resetLocked("the listener fell " + queue.changes() + " changes behind");
      }
      queue.add(event, bytes);
      return schedule();
    }
  }

  /** A table was altered; true if the caller must have it run. */
  boolean altered(SchemaChanged event) {
    synchronized (queue) {
      if (ending != null || group().knows(event) || seldom().knows(event)) {
        return false;
      }
      seldom().lastAlteration = event;
      seldom().alterations.add(event);
      return schedule();
    }
  }

  /** What is to be told before the events of a commit. */
  private @Nullable SchemaChanged takeAlteration(long before) {
    SchemaChanged first = seldom == null ? null : seldom.alterations.peek();
    if (first == null || first.seq().value() > before) {
      return null;
    }
    seldom().alterations.remove();
    // It may have come late, after a snapshot with its commit.
    return first.seq().value() >= lastSeq
        ? first
        : new SchemaChanged(new SeqId(lastSeq), first.table(), first.version(), first.columns());
  }

  private boolean mustTellAlteration() {
    return seldom != null && !seldom.alterations.isEmpty();
  }

  /**
   * False if the queue is full. What comes while the snapshot is being opened must stay apart, as
   * the snapshot will contain some of it.
   */
  private boolean makeRoom(@Nullable Handover way) {
    int patience = way == null ? 0 : way.patience();
    long most = (long) options.queueCapacity() << patience;
    long mostBytes =
        options.queueBytes() > Long.MAX_VALUE >> patience
            ? Long.MAX_VALUE
            : options.queueBytes() << patience;
    return queue.accepts(most, mostBytes)
        || ((way == null || way.step() != Step.OPENING)
            && queue.shrink(most, mostBytes, group().keyColumns()));
  }

  /** Sends it back to its snapshot; true if the caller must have it run. */
  boolean reset(String reason) {
    synchronized (queue) {
      boolean waits = handover != null && handover.step() == Step.WAITING;
      return ending == null && !waits && resetLocked(reason);
    }
  }

  // ---- for its handover, under the lock

  boolean hasEnded() {
    return ending != null;
  }

  /** The snapshot is open: what it contains is not told again. */
  void opened(SnapshotReading snapshot) {
    queue.removeUpTo(snapshot.seq());
    queue.notifyAll();
  }

  /** It cannot be resumed. */
  void lost(String reason) {
    resetLocked(reason);
    lastSeq = 0; // perhaps of a commit that this database never had
  }

  boolean resetLocked(String reason) {
    if (handover == null) {
      handover = Handover.again(reason);
    } else {
      handover.restart(reason);
    }
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
    SnapshotReading told = handover == null ? null : handover.current();
    return told == null ? lastSeq : told.seq();
  }

  private void dropQueue() {
    queue.clear();
    queue.notifyAll();
  }

  /**
   * Waits for room in a BLOCK queue and takes it for {@code changes} of a commit. Does not wait
   * before the snapshot is open, as opening may wait for this very commit, nor on an interrupted
   * thread; the queue then overruns by the commit.
   */
  void reserve(int changes, long bytes, BackPressure pressure) {
    synchronized (queue) {
      boolean interrupted = false;
      while (mayBeWaitedFor()
          && !queue.hasRoom(options.queueCapacity(), options.queueBytes())
          && !interrupted
          && pressure.mayWait()) {
        try {
          queue.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      queue.reserve(changes, bytes);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean mayBeWaitedFor() {
    return ending == null && (handover == null || handover.step() == Step.SNAPSHOT);
  }

  /** Gives back what {@link #reserve} took, once the commit is dispatched. */
  void release(int changes, long bytes) {
    synchronized (queue) {
      queue.reserve(-changes, -bytes);
      queue.notifyAll();
    }
  }

  /** Makes a writer that waits in {@link #reserve} look again. */
  void recheckRoom() {
    synchronized (queue) {
      queue.notifyAll();
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
    synchronized (queue) {
      return new SubscriptionInfo(
          id(),
          of.sql(),
          of.tables(),
          owner,
          ending != null ? "ENDED" : handover == null ? "STREAMING" : handover.step().name(),
          lastSeq,
          queue.pending(),
          delivered,
          seldom == null ? 0 : seldom.resets,
          seldom == null ? 0 : seldom.failures,
          queue.pendingBytes(),
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
    LiveSubscription outer = CURRENT.get();
    CURRENT.set(this);
    try {
      for (int i = 0; i < TURN; i++) {
        Next next;
        ChangeEvent event = null;
        synchronized (queue) {
          endCallback();
          next = next();
          if (next == Next.CALL && (!onDeliveryThread || executor() == null)) {
            event = takeEvent();
            callbackThread = Thread.currentThread();
          }
        }
        if (event != null) {
          tell(event);
        } else if (!passOn(next, onDeliveryThread)) {
          return;
        }
      }
    } finally {
      synchronized (queue) {
        if (callbackThread == Thread.currentThread()) {
          endCallback();
        }
      }
      CURRENT.set(outer);
    }
    queries.threads().run(this);
  }

  /** Null: the listener is called on the delivery threads. */
  private @Nullable Executor executor() {
    return seldom != null && seldom.executorFailed ? null : options.executor();
  }

  private void endCallback() {
    callbackThread = null;
    if (ending != null) {
      queue.notifyAll();
    }
  }

  /** Does what is not telling an event, perhaps elsewhere; true if the turn goes on here. */
  private boolean passOn(Next next, boolean onDeliveryThread) {
    switch (next) {
      case NOTHING -> {}
      case READ -> {
        if (onDeliveryThread) {
          Objects.requireNonNull(handover, "nothing to read").read(this);
          return true;
        }
        queries.threads().run(this);
      }
      case CALL -> passTo(Objects.requireNonNull(options.executor()));
    }
    return false;
  }

  private void passTo(Executor executor) {
    try {
      executor.execute(() -> takeTurn(false));
    } catch (RuntimeException e) {
      synchronized (queue) {
        seldom().executorFailed = true;
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
    Next next = nextStep();
    if (next == Next.NOTHING) {
      scheduled = false;
      if (closedTold) {
        queries.ended(this);
      }
    }
    return next;
  }

  private Next nextStep() {
    Handover way = handover;
    if (ending != null) {
      if (way != null && way.reading() != null) {
        return Next.READ;
      }
      return closedTold ? Next.NOTHING : Next.CALL;
    }
    if (way != null && way.reading() != null && way.current() == null) {
      return Next.READ;
    }
    if (listener instanceof PullingListener pulling && pulling.isSated()) {
      return Next.NOTHING;
    }
    if (way == null) {
      return queue.isEmpty() && !mustTellAlteration() ? Next.NOTHING : Next.CALL;
    }
    SnapshotReading current = way.current();
    if (current != null) {
      return current.mustRead() ? Next.READ : Next.CALL;
    }
    if (way.step() != Step.WAITING) {
      throw new IllegalStateException("Two threads run one subscription");
    }
    if (way.mustTellReset()) {
      return Next.CALL;
    }
    return queries.isPaused() ? Next.NOTHING : Next.READ;
  }

  private ChangeEvent takeEvent() {
    delivered++;
    Handover way = handover;
    if (ending != null) {
      closedTold = true;
      return new ChangeEvent.Closed(new SeqId(lastSeq), ending.reason, ending.error);
    }
    if (listener instanceof PullingListener pulling) {
      pulling.given();
    }
    if (way == null) {
      SchemaChanged altered = takeAlteration(queue.nextSeq());
      if (altered != null) {
        return altered;
      }
      ChangeEvent event = queue.remove();
      if (overflow() == Overflow.BLOCK) {
        queue.notifyAll();
      }
      lastSeq = Math.max(lastSeq, event.seq().value());
      return event;
    }
    SnapshotReading current = way.current();
    if (current == null) {
      seldom().resets++;
      return new ChangeEvent.Reset(new SeqId(lastSeq), way.takeResetReason());
    }
    SchemaChanged altered = takeAlteration(current.seq());
    return altered == null ? takeSnapshotEvent(way, current) : altered;
  }

  private ChangeEvent takeSnapshotEvent(Handover way, SnapshotReading current) {
    way.tellsSnapshot();
    ChangeEvent event = current.take();
    if (event == null) {
      handover = null;
      lastSeq = current.seq();
      return new ChangeEvent.Ready(new SeqId(lastSeq));
    }
    if (event instanceof ChangeEvent.Changes) {
      lastSeq = event.seq().value();
    }
    return event;
  }

  private void tell(ChangeEvent event) {
    try {
      listener.onEvent(event);
    } catch (Throwable t) {
      failed(t);
    }
  }

  /** Reports the first failures and then ever fewer, as a listener may fail at every event. */
  private void failed(Throwable t) {
    int count;
    synchronized (queue) {
      count = ++seldom().failures;
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

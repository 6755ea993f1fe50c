package org.kalamdb.internal.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.feed.ChangeBatch;
import org.kalamdb.internal.feed.ChangeConsumer;
import org.kalamdb.internal.live.Dispatcher.RoutedBatch;
import org.kalamdb.internal.live.Dispatcher.RoutedChanges;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/**
 * The subscriptions of a database. Thread-safe.
 *
 * <p>A commit's way: {@link #accept} (committing thread) drops what nobody listens to and queues
 * the rest -> {@link Dispatcher} (a delivery thread) finds the queries it touches by {@link
 * Partition}, evaluates each {@link Pipeline} once and fills the queues of its {@link
 * LiveSubscription}s -> the same thread, if it has nothing else to dispatch, runs the listener.
 */
public final class LiveQueries implements ChangeConsumer {
  private static final int CORE_THREADS =
      Math.max(2, Math.min(4, Runtime.getRuntime().availableProcessors()));
  private static final int MAX_THREADS = 64;
  private static final LiveSubscription[] NONE = {};

  private final TableRoutes routes = new TableRoutes();

  /** Queries with state by their share key; guards itself, and who registers their sinks. */
  private final Map<Object, ResultPipeline> results = new HashMap<>();

  /** Subscriptions to {@link #results}; guarded by it. */
  private int resultSubscriptions;

  private final StateMemory stateMemory;
  private final Dispatcher dispatcher =
      new Dispatcher(this::tellAltered, CORE_THREADS, MAX_THREADS);
  private final BackPressure backPressure = new BackPressure();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong listenerFailures = new AtomicLong();

  /** Ended, but not yet told so, or with a snapshot still to let go. */
  private final Set<LiveSubscription> ending = ConcurrentHashMap.newKeySet();

  /** Without listeners, but perhaps with rows still being read. */
  private final Set<ResultPipeline> closing = ConcurrentHashMap.newKeySet();

  private final Object allEnded = new Object();
  private volatile @Nullable String shutdown;

  /** Rises with each {@link #pause}. */
  private final AtomicInteger pauses = new AtomicInteger();

  private volatile boolean paused;

  /**
   * @param stateBytes estimated heap that queries with state may keep rows in, all together
   */
  public LiveQueries(long stateBytes) {
    stateMemory = new StateMemory(stateBytes);
  }

  /**
   * Registers a subscription. Every commit published from now on is either in its snapshot or told
   * to the listener afterwards.
   *
   * @throws KalamException if the database is closing
   */
  public Subscription subscribe(
      SubscriptionRequest request, SubscriptionOptions options, ChangeListener listener) {
    LiveSubscription subscription =
        new LiveSubscription(
            numbers.incrementAndGet(), this, request.owner(), request.role(), options, listener);
    try {
      refuseAfterShutdown();
    } catch (RuntimeException e) {
      request.compiled().close();
      throw e;
    }
    routes.add(subscription, request);
    return started(subscription);
  }

  /** As the other one, for a query whose result is kept. */
  public Subscription subscribe(
      ResultRequest request, SubscriptionOptions options, ChangeListener listener) {
    LiveSubscription subscription;
    synchronized (results) {
      ResultPipeline pipeline = results.get(request.shareKey());
      boolean known = pipeline != null;
      if (pipeline == null) {
        pipeline =
            new ResultPipeline(
                request,
                stateMemory,
                dispatcher::awaitDispatched,
                dispatcher.threads()::run,
                this::letGo);
      } else {
        request.close();
      }
      if (shutdown != null) {
        if (!known) {
          pipeline.close();
        }
        refuseAfterShutdown();
      }
      subscription =
          new LiveSubscription(
              numbers.incrementAndGet(), this, request.user(), request.role(), options, listener);
      subscription.attach(pipeline);
      synchronized (pipeline) {
        pipeline.add(subscription);
      }
      if (!known) {
        results.put(request.shareKey(), pipeline);
        pipeline.sinks().forEach(routes::add);
      }
      if (options.overflow() == Overflow.BLOCK) {
        partitionsOf(pipeline).forEach(partition -> partition.addBlocking(subscription));
      }
      resultSubscriptions++;
    }
    return started(subscription);
  }

  /** Where the tables of a registered query are routed. */
  private Set<Partition> partitionsOf(ResultPipeline pipeline) {
    Set<Partition> partitions = new HashSet<>();
    for (SourceSink sink : pipeline.sinks()) {
      Partition partition = routes.find(sink.table().number(), sink.source().user());
      if (partition != null) {
        partitions.add(partition);
      }
    }
    return partitions;
  }

  private Subscription started(LiveSubscription subscription) {
    String reason = shutdown;
    if (reason != null) {
      // closeAll may or may not have seen it.
      subscription.end(reason, new KalamException(ErrorCode.ADMIN_SHUTDOWN, reason));
    }
    subscription.start();
    return subscription;
  }

  private void refuseAfterShutdown() {
    String reason = shutdown;
    if (reason != null) {
      throw new KalamException(ErrorCode.ADMIN_SHUTDOWN, reason);
    }
  }

  // ---- the way of a commit

  @Override
  public void accept(ChangeBatch batch) {
    if (routes.isEmpty()) {
      return;
    }
    List<RoutedChanges> parts = route(batch.changes());
    if (!parts.isEmpty() || !batch.altered().isEmpty()) {
      dispatcher.add(new RoutedBatch(batch.seq(), parts, batch.altered()));
    }
  }

  /** By the dispatching thread, before the rows of the commit. */
  private void tellAltered(long seq, TableDefinition table, DispatchOutcome outcome) {
    ChangeEvent.SchemaChanged event = eventOf(seq, table);
    Set<ResultPipeline> results = new HashSet<>();
    for (LiveSubscription subscription : routes.list(table.number())) {
      if (subscription.group() instanceof ResultPipeline pipeline) {
        results.add(pipeline);
      } else if (subscription.altered(event)) {
        outcome.ready(subscription);
      }
    }
    results.forEach(pipeline -> pipeline.altered(event, outcome::ready));
  }

  private static ChangeEvent.SchemaChanged eventOf(long seq, TableDefinition table) {
    return new ChangeEvent.SchemaChanged(
        new SeqId(seq), table.id(), table.schema().version(), table.schema().visible());
  }

  /** As if told with all others, to one that may have been registered too late for it. */
  public void tellAltered(Subscription opened, long seq, TableDefinition table) {
    if (opened instanceof LiveSubscription subscription
        && subscription.altered(eventOf(seq, table))) {
      dispatcher.threads().run(subscription);
    }
  }

  /** The changes that matter to somebody. */
  private List<RoutedChanges> route(List<Change> changes) {
    List<RoutedChanges> parts = routeToPartitions(changes);
    if (!routes.listensToAllUsers()) {
      return parts;
    }
    Map<Partition, List<Change>> all = new IdentityHashMap<>();
    TableDefinition last = null;
    TableDefinition ofAllUsers = null;
    for (Change change : changes) {
      TableDefinition table = change.table();
      Partition partition =
          change.user() == null
              ? null
              : routes.find(TableDefinition.numberOfAllUsers(table.number()), null);
      if (partition != null) {
        if (ofAllUsers == null || !table.equals(last)) {
          last = table;
          ofAllUsers = table.ofAllUsers();
        }
        all.computeIfAbsent(partition, p -> new ArrayList<>()).add(change.ofAllUsers(ofAllUsers));
      }
    }
    if (all.isEmpty()) {
      return parts;
    }
    List<RoutedChanges> both = new ArrayList<>(parts);
    all.forEach((to, list) -> both.add(reserve(to, list)));
    return both;
  }

  /** The changes of partitions that have subscriptions; nearly always all of one, or none. */
  private List<RoutedChanges> routeToPartitions(List<Change> changes) {
    Partition first = null;
    Map<Partition, List<Change>> several = null;
    Change previous = null;
    Partition partition = null;
    for (int i = 0; i < changes.size(); i++) {
      Change change = changes.get(i);
      if (previous == null || !samePartition(previous, change)) {
        partition = routes.find(change.table().number(), change.user());
      }
      if (i == 0) {
        first = partition;
      } else if (several == null && partition != first) {
        several = new IdentityHashMap<>();
        if (first != null) {
          several.put(first, new ArrayList<>(changes.subList(0, i)));
        }
      }
      if (several != null && partition != null) {
        several.computeIfAbsent(partition, p -> new ArrayList<>()).add(change);
      }
      previous = change;
    }
    if (several == null) {
      return first == null ? List.of() : List.of(reserve(first, changes));
    }
    List<RoutedChanges> parts = new ArrayList<>(several.size());
    several.forEach((to, list) -> parts.add(reserve(to, list)));
    return parts;
  }

  private static boolean samePartition(Change a, Change b) {
    return a.table().number() == b.table().number()
        && (a.user() == null ? b.user() == null : a.user().equals(b.user()));
  }

  /** Waits for listeners that asked for it. */
  private RoutedChanges reserve(Partition partition, List<Change> changes) {
    LiveSubscription[] blocking = partition.blocking();
    if (blocking.length == 0) {
      return new RoutedChanges(partition, changes, NONE, 0);
    }
    long bytes = EventSize.ofCommit(changes);
    for (LiveSubscription subscription : blocking) {
      backPressure.reserve(subscription, changes.size(), bytes);
    }
    return new RoutedChanges(partition, changes, blocking, bytes);
  }

  /**
   * To be called on the committing thread before it takes its place in commit order; if it returns
   * true, {@link #exitCommit} must follow when the commit is published. Tells writers held back by
   * a BLOCK listener that a listener is committing, so that the two do not wait for each other.
   */
  public boolean enterCommit() {
    return backPressure.enterCommit();
  }

  /** See {@link #enterCommit}. */
  public void exitCommit() {
    backPressure.exitCommit();
  }

  // ---- ends

  /** Ends every subscription on a table that is dropped or rebuilt. Does not wait. */
  public void closeTable(int tableNumber, String reason) {
    for (LiveSubscription subscription : routes.list(tableNumber)) {
      subscription.end(reason, new KalamException(ErrorCode.UNDEFINED_TABLE, reason));
    }
  }

  /** Ends the subscriptions on a table of roles that may not read it any more. Does not wait. */
  public void closeTable(int tableNumber, Predicate<Role> mayRead, String reason) {
    for (LiveSubscription subscription : routes.list(tableNumber)) {
      if (!mayRead.test(subscription.role())) {
        subscription.end(reason, new KalamException(ErrorCode.INSUFFICIENT_PRIVILEGE, reason));
      }
    }
  }

  /**
   * Ends subscriptions of a user. Does not wait.
   *
   * @param lost why a session of the role may not go on; null if it may
   */
  public void closeOwned(UserId owner, Function<Role, @Nullable String> lost) {
    for (LiveSubscription subscription : routes.list()) {
      String reason = owner.equals(subscription.owner()) ? lost.apply(subscription.role()) : null;
      if (reason != null) {
        subscription.end(reason, new KalamException(ErrorCode.INSUFFICIENT_PRIVILEGE, reason));
      }
    }
  }

  /**
   * Sends every subscription back to its snapshot, which none reads before {@link #resume}: what
   * snapshots are read from is going to be closed. A snapshot that fails for that ends nothing.
   */
  public void pause(String reason) {
    paused = true;
    pauses.incrementAndGet();
    for (ResultPipeline pipeline : resultPipelines()) {
      pipeline.reset(reason, dispatcher.threads()::run);
    }
    for (LiveSubscription subscription : routes.list()) {
      if (subscription.reset(reason)) {
        dispatcher.threads().run(subscription);
      }
    }
  }

  private List<ResultPipeline> resultPipelines() {
    synchronized (results) {
      return new ArrayList<>(results.values());
    }
  }

  /** Snapshots can be read again, and contain every commit that was ever published. */
  public void resume() {
    paused = false;
    for (LiveSubscription subscription : routes.list()) {
      subscription.start();
    }
  }

  /** Whether snapshots cannot be read. */
  boolean isPaused() {
    return paused;
  }

  /** How often {@link #pause} was called: what failed while it changed, failed for that. */
  int pauses() {
    return pauses.get();
  }

  /**
   * Ends every subscription, refuses new ones, and waits until the listeners have been told and all
   * snapshots are let go, but no longer than {@code limit}, and not for a listener on whose thread
   * it is called.
   *
   * @return ids of those it no longer waited for: their listeners are running, or never ran; and
   *     texts of queries that are still being read
   */
  public List<String> closeAll(String reason, Duration limit) {
    shutdown = reason;
    for (LiveSubscription subscription : routes.list()) {
      subscription.end(reason, new KalamException(ErrorCode.ADMIN_SHUTDOWN, reason));
    }
    boolean interrupted = awaitEnds(System.nanoTime() + limit.toNanos());
    dispatcher.threads().retire();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    LiveSubscription own = LiveSubscription.current();
    Stream<String> listeners = ending.stream().filter(s -> s != own).map(LiveSubscription::id);
    return Stream.concat(listeners, closing.stream().map(ResultPipeline::sql)).sorted().toList();
  }

  private boolean awaitEnds(long deadline) {
    LiveSubscription own = LiveSubscription.current();
    boolean interrupted = false;
    synchronized (allEnded) {
      while (ending.size() > (own != null && ending.contains(own) ? 1 : 0) || !closing.isEmpty()) {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0 || interrupted) {
          break;
        }
        try {
          allEnded.wait(millis);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    return interrupted;
  }

  // ---- what operators and DDL ask

  /** Whether a commit published now is told to anybody who listens to the partition. */
  public boolean isListened(int tableNumber, @Nullable UserId user) {
    return routes.find(tableNumber, user) != null;
  }

  /** Open subscriptions on a table, over all users. */
  public int openSubscriptionsOn(int tableNumber) {
    return routes.list(tableNumber).size();
  }

  /** Open subscriptions on a table, over all users, that look at the column with this id. */
  public int openSubscriptionsOn(int tableNumber, int columnId) {
    return (int)
        routes.list(tableNumber).stream()
            .filter(s -> s.group().uses(tableNumber, columnId))
            .count();
  }

  /** Open subscriptions. */
  public int openSubscriptions() {
    synchronized (results) {
      return routes.count() + resultSubscriptions;
    }
  }

  /** Every open subscription, in no order; each row is consistent in itself. */
  public List<SubscriptionInfo> list() {
    return routes.list().stream().map(LiveSubscription::info).toList();
  }

  /**
   * Ends an open subscription.
   *
   * @param owner whose it must be, or null for nobody's
   * @return false if there is none of that id
   */
  public boolean kill(String id, Predicate<@Nullable UserId> owner, KalamException error) {
    for (LiveSubscription subscription : routes.list()) {
      if (subscription.id().equals(id) && owner.test(subscription.owner())) {
        return subscription.end(error.reason(), error);
      }
    }
    return false;
  }

  /** Estimated heap of the rows kept for the query with the key; -1 if none is open. */
  public long stateBytes(Object shareKey) {
    ResultPipeline open;
    synchronized (results) {
      open = results.get(shareKey);
    }
    return open == null ? -1 : open.stateBytes();
  }

  /** How often a listener threw, over all subscriptions ever. */
  public long listenerFailures() {
    return listenerFailures.get();
  }

  // ---- the subscriptions' side

  DeliveryThreads threads() {
    return dispatcher.threads();
  }

  void listenerFailed() {
    listenerFailures.incrementAndGet();
  }

  /** It has begun to end; {@link #ended} follows. */
  void ending(LiveSubscription subscription) {
    ending.add(subscription);
  }

  void unregister(LiveSubscription subscription) {
    if (subscription.group() instanceof Pipeline pipeline) {
      routes.remove(subscription, pipeline);
    } else if (subscription.group() instanceof ResultPipeline pipeline) {
      unregister(subscription, pipeline);
    }
  }

  private void unregister(LiveSubscription subscription, ResultPipeline pipeline) {
    synchronized (results) {
      boolean unused;
      synchronized (pipeline) {
        if (!pipeline.remove(subscription)) {
          return;
        }
        unused = pipeline.hasNoSubscribers();
      }
      resultSubscriptions--;
      if (subscription.overflow() == Overflow.BLOCK) {
        partitionsOf(pipeline).forEach(partition -> partition.removeBlocking(subscription));
      }
      if (unused) {
        results.remove(pipeline.shareKey());
        pipeline.sinks().forEach(routes::remove);
        closing.add(pipeline);
        pipeline.close();
      }
    }
  }

  private void letGo(ResultPipeline pipeline) {
    closing.remove(pipeline);
    if (shutdown != null) {
      synchronized (allEnded) {
        allEnded.notifyAll();
      }
    }
  }

  /** Closed has been told and nothing is held any more. */
  void ended(LiveSubscription subscription) {
    ending.remove(subscription);
    if (shutdown != null) {
      synchronized (allEnded) {
        allEnded.notifyAll();
      }
    }
  }
}

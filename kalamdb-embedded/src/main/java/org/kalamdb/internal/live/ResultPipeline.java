package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.live.ResultRequest.RerunQuery;
import org.kalamdb.internal.live.ResultRequest.ResultSource;
import org.kalamdb.internal.live.SnapshotReaders.SnapshotReader;
import org.kalamdb.internal.live.incremental.IncrementalQuery;
import org.kalamdb.internal.live.incremental.RerunResult;
import org.kalamdb.internal.live.incremental.ResultChange;
import org.kalamdb.internal.live.incremental.StateTooLargeException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.SeqId;

/**
 * A live query whose present result is kept, and everybody who listens to it: joins, aggregates,
 * ordered and distinct rows. The result is that of one commit after another; a new subscriber is
 * given its rows as they are, and every later change.
 *
 * <p><b>State.</b> Operators and result belong to one thread at a time: while {@link Phase#WORKING}
 * to the delivery thread that loads rows, else to whoever holds the monitor. Commits that come
 * while rows are loaded wait in {@code pending}; those that the rows contain already are dropped.
 *
 * <p><b>Two ways.</b> Operators make each commit's changes into changes of the result. Where there
 * are none, or they would keep more than is allowed, the query is run again after its tables have
 * changed, once for all commits that came meanwhile, and the rows are compared.
 *
 * <p>Locks: the monitor may be held when taking a subscription's lock, not the reverse; a
 * partition's monitor is never taken under it.
 */
final class ResultPipeline extends SubscriberGroup implements SnapshotSource, Runnable {
  /** Commits between two looks at how much is kept. */
  private static final int COMMITS_PER_CHECK = 32;

  private enum Phase {
    /** Nothing is kept: whoever needs rows loads them. */
    EMPTY,
    /** A delivery thread loads rows. */
    WORKING,
    READY,
    CLOSED
  }

  private record Input(
      IncrementalQuery.Source into,
      @Nullable Object[] key,
      @Nullable Object @Nullable [] oldRow,
      @Nullable Object @Nullable [] newRow,
      boolean moved) {}

  private record Commit(long seq, List<Input> inputs) {
    private void enter() {
      for (Input input : inputs) {
        input.into.add(input.key, input.oldRow, input.newRow, input.moved);
      }
    }
  }

  private final ResultRequest request;
  private final StateMemory memory;
  private final Runnable awaitDispatched;
  private final Consumer<Runnable> threads;
  private final Consumer<ResultPipeline> letGo;
  private final List<SourceSink> sinks;
  private final List<DataType> types;

  /** The dispatching thread's: what the commit in hand changed so far. */
  private List<Input> collected = new ArrayList<>();

  private Phase phase = Phase.EMPTY;

  /** What is being loaded must be loaded again. */
  private boolean stale;

  private @Nullable IncrementalQuery query;
  private @Nullable RerunResult rerun;
  private @Nullable String fallback;

  /** The rows are those of this commit. */
  private long seq;

  /** Of a query that is run again: a commit after {@link #seq} changed a table. */
  private boolean dirty;

  private final ArrayDeque<Commit> pending = new ArrayDeque<>();

  /** New subscribers that wait for rows: the query is not run again before they have them. */
  private int opening;

  /** What the working thread reads from. */
  private @Nullable SnapshotReader reading;

  /** Told of altered tables, behind what earlier commits did that are being worked out. */
  private final ArrayDeque<ChangeEvent.SchemaChanged> alterations = new ArrayDeque<>(0);

  private long stateBytes;
  private int commitsSinceCheck;
  private @Nullable Set<String> allColumns;

  /**
   * @param awaitDispatched waits until all commits published so far have been shown to the sinks
   * @param threads gives the pipeline or a subscription a turn on a delivery thread
   * @param letGo is told when it is closed and nothing is read for it any more
   */
  ResultPipeline(
      ResultRequest request,
      StateMemory memory,
      Runnable awaitDispatched,
      Consumer<Runnable> threads,
      Consumer<ResultPipeline> letGo) {
    this.request = request;
    this.memory = memory;
    this.awaitDispatched = awaitDispatched;
    this.threads = threads;
    this.letGo = letGo;
    this.sinks = request.sources().stream().map(source -> new SourceSink(this, source)).toList();
    this.types = request.columns().stream().map(ResultColumn::type).toList();
    this.query = request.query();
    this.fallback = request.fallback();
    if (query == null) {
      rerun = newRerun();
    }
  }

  private RerunResult newRerun() {
    RerunQuery again = request.rerun();
    return new RerunResult(types, again.keyColumns(), again.ordered());
  }

  @Override
  String sql() {
    return request.sql();
  }

  @Override
  List<ResultColumn> columns() {
    return request.columns();
  }

  @Override
  String tables() {
    return request.tables();
  }

  @Override
  @Nullable List<Integer> keyColumns() {
    return request.rerun().keyColumns();
  }

  @Override
  Object guard() {
    return this;
  }

  @Override
  boolean knows(ChangeEvent.SchemaChanged event) {
    return sinks.stream().anyMatch(sink -> knows(sink.table(), event));
  }

  @Override
  boolean uses(int tableNumber, int columnId) {
    for (ResultSource source : request.sources()) {
      if (source.rows().table().stored().number() == tableNumber
          && source.rows().usesColumn(columnId)) {
        return true;
      }
    }
    return false;
  }

  Object shareKey() {
    return request.shareKey();
  }

  List<SourceSink> sinks() {
    return sinks;
  }

  @Override
  SnapshotSource source() {
    return this;
  }

  @Override
  synchronized SubscriptionInfo.Way way() {
    return query == null ? SubscriptionInfo.Way.RERUN : SubscriptionInfo.Way.OPERATORS;
  }

  @Override
  synchronized @Nullable String fallback() {
    return fallback;
  }

  @Override
  synchronized long stateBytes() {
    return phase == Phase.READY && query != null ? query.stateBytes() : stateBytes;
  }

  synchronized void forEachSubscription(Consumer<LiveSubscription> action) {
    for (int i = 0; i < subscriberCount(); i++) {
      action.accept(subscriber(i));
    }
  }

  // ---- the way of a commit

  /** A changed row of a source; by the dispatching thread. */
  void collect(
      IncrementalQuery.Source into,
      @Nullable Object[] key,
      @Nullable Object @Nullable [] oldRow,
      @Nullable Object @Nullable [] newRow,
      boolean moved) {
    collected.add(new Input(into, key, oldRow, newRow, moved));
  }

  /** Forgets what was collected of a commit that cannot be dispatched. */
  void discardCollected() {
    collected = new ArrayList<>();
  }

  /** All of the commit has been collected. */
  void commit(long commitSeq, DispatchOutcome outcome) {
    Commit commit = new Commit(commitSeq, collected);
    collected = new ArrayList<>();
    synchronized (this) {
      if (phase == Phase.EMPTY || phase == Phase.CLOSED || commitSeq <= seq) {
        return;
      }
      if (query == null) {
        dirty = true;
        runAgainIfDirty(outcome::ready);
      } else if (phase == Phase.WORKING) {
        pending.add(commit);
      } else {
        apply(commit, outcome::ready);
      }
    }
  }

  /** Applies a commit in phase READY, which may end with it. */
  private void apply(Commit commit, Consumer<Runnable> ready) {
    try {
      IncrementalQuery operators = query;
      if (operators == null) {
        throw new IllegalStateException("A query without operators is given a commit");
      }
      commit.enter();
      List<ResultChange> changes = operators.advance();
      if (operators.isShort()) {
        shortAt = commit.seq;
        phase = Phase.WORKING;
        ready.accept(this);
        return;
      }
      seq = commit.seq;
      tell(seq, changes, ready);
      if (++commitsSinceCheck >= COMMITS_PER_CHECK) {
        checkMemory(ready);
      }
    } catch (KalamException e) {
      failLater(e, ready);
    } catch (RuntimeException e) {
      failLater(
          new KalamException(ErrorCode.INTERNAL_ERROR, "Evaluating a live query failed", e), ready);
    }
  }

  /** Commit whose changes cannot be told before more rows are read; 0: none. */
  private long shortAt;

  private void failLater(KalamException error, Consumer<Runnable> ready) {
    phase = Phase.EMPTY;
    List<LiveSubscription> victims = new ArrayList<>();
    forEachSubscription(victims::add);
    ready.accept(() -> victims.forEach(subscription -> subscription.end(error.reason(), error)));
  }

  /** Ends every subscription. Called under no monitor. */
  void fail(KalamException error) {
    List<LiveSubscription> victims = new ArrayList<>();
    forEachSubscription(victims::add);
    victims.forEach(subscription -> subscription.end(error.reason(), error));
  }

  /** Forgets all rows, and sends every subscription back to its snapshot. */
  synchronized void reset(String reason, Consumer<Runnable> ready) {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (phase == Phase.WORKING) {
      stale = true;
    } else {
      phase = Phase.EMPTY;
    }
    pending.clear();
    forEachSubscription(
        subscription -> {
          if (subscription.reset(reason)) {
            ready.accept(subscription);
          }
        });
  }

  /** A table of the query has been altered; by the dispatching thread. */
  synchronized void altered(ChangeEvent.SchemaChanged event, Consumer<Runnable> ready) {
    alterations.add(event);
    if (phase != Phase.WORKING) {
      tellAlterations(Long.MAX_VALUE, ready);
    }
  }

  /** Tells those of commits up to this one. */
  private void tellAlterations(long upTo, Consumer<Runnable> ready) {
    while (!alterations.isEmpty() && alterations.getFirst().seq().value() <= upTo) {
      ChangeEvent.SchemaChanged event = alterations.removeFirst();
      for (int i = 0; i < subscriberCount(); i++) {
        LiveSubscription subscription = subscriber(i);
        if (subscription.altered(event)) {
          ready.accept(subscription);
        }
      }
    }
  }

  private void tell(long at, List<ResultChange> changes, Consumer<Runnable> ready) {
    tellAlterations(at, ready);
    if (changes.isEmpty() || hasNoSubscribers()) {
      return;
    }
    List<RowChange> rows = new ArrayList<>(changes.size());
    for (ResultChange change : changes) {
      rows.add(toRowChange(change));
    }
    ChangeEvent.Changes event = new ChangeEvent.Changes(new SeqId(at), rows);
    long bytes = EventSize.ofEvent(rows);
    for (int i = 0; i < subscriberCount(); i++) {
      LiveSubscription subscription = subscriber(i);
      if (subscription.offer(event, bytes)) {
        ready.accept(subscription);
      }
    }
  }

  private RowChange toRowChange(ResultChange change) {
    @Nullable Object @Nullable [] before = change.oldRow();
    @Nullable Object @Nullable [] after = change.newRow();
    Kind kind =
        before == null
            ? change.moved() ? Kind.ENTER : Kind.INSERT
            : after == null ? change.moved() ? Kind.LEAVE : Kind.DELETE : Kind.UPDATE;
    return new RowChange(
        kind,
        before == null ? null : new Row(columns(), before),
        after == null ? null : new Row(columns(), after),
        before == null || after == null
            ? allColumns()
            : ChangedColumns.between(columns(), before, after),
        change.oldIndex(),
        change.newIndex());
  }

  private Set<String> allColumns() {
    if (allColumns == null) {
      allColumns = Set.copyOf(ChangedColumns.all(columns()));
    }
    return allColumns;
  }

  // ---- memory

  /** In phase READY: counts what is kept, and gives the operators up if it is too much. */
  private void checkMemory(Consumer<Runnable> ready) {
    commitsSinceCheck = 0;
    IncrementalQuery operators = query;
    long bytes = operators == null ? rerunBytes() : operators.stateBytes();
    if (resize(bytes)) {
      return;
    }
    if (operators == null) {
      resize(0);
      failLater(tooMuch(Long.toString(bytes)), ready);
      return;
    }
    RerunResult again = newRerun();
    again.replace(operators.rows());
    runAgainBecause(operators, again, bytes + " bytes");
    degraded(ready);
    checkMemory(ready);
  }

  private static KalamException tooMuch(String bytes) {
    return new KalamException(
            ErrorCode.OUT_OF_MEMORY,
            "a live query's result takes " + bytes + " bytes, more than live queries may keep")
        .withHint("KalamOptions.liveMemoryBytes");
  }

  /** Gives the operators up. */
  private void runAgainBecause(IncrementalQuery operators, RerunResult again, String kept) {
    operators.close();
    query = null;
    rerun = again;
    fallback =
        "its operators kept "
            + kept
            + ", more than live queries may (liveMemoryBytes is "
            + memory.limit()
            + ")";
  }

  private void degraded(Consumer<Runnable> ready) {
    String reason = fallback == null ? "" : fallback;
    for (int i = 0; i < subscriberCount(); i++) {
      LiveSubscription subscription = subscriber(i);
      if (subscription.offer(new ChangeEvent.Degraded(new SeqId(seq), reason), 0)) {
        ready.accept(subscription);
      }
    }
  }

  private long rerunBytes() {
    return rerun == null ? 0 : rerun.stateBytes();
  }

  private boolean resize(long bytes) {
    long before = stateBytes;
    stateBytes = bytes;
    return memory.resize(before, bytes);
  }

  // ---- rows for a new subscriber

  @Override
  public Snapshot open(long lastRows, int batchSize) {
    awaitDispatched.run();
    synchronized (this) {
      opening++;
    }
    try {
      while (true) {
        synchronized (this) {
          awaitIdle();
          if (phase == Phase.CLOSED) {
            throw new KalamException(
                ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE, "The live query has ended");
          }
          if (phase == Phase.READY) {
            return new Rows(seq, lastOf(lastRows), batchSize);
          }
          phase = Phase.WORKING;
        }
        load();
      }
    } finally {
      synchronized (this) {
        opening--;
        runAgainIfDirty(threads);
      }
    }
  }

  private void runAgainIfDirty(Consumer<Runnable> ready) {
    if (phase == Phase.READY && query == null && dirty && opening == 0) {
      phase = Phase.WORKING;
      ready.accept(this);
    }
  }

  /** Nothing, if its tables are as they were: what operators kept of earlier rows is gone. */
  @Override
  public Missed changesSince(long from) {
    // Opened before the tables are looked at: what it contains is not overlooked then.
    try (Snapshot present = open(0, 1)) {
      String changed = request.reader().changedSince(from);
      return changed == null ? Missed.nothing(Math.max(from, present.seq())) : Missed.lost(changed);
    }
  }

  private void awaitIdle() {
    boolean interrupted = false;
    while (phase == Phase.WORKING) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private List<@Nullable Object[]> lastOf(long count) {
    List<@Nullable Object[]> rows =
        query == null ? (rerun == null ? List.of() : rerun.rows()) : query.rows();
    return rows.size() <= count ? rows : rows.subList((int) (rows.size() - count), rows.size());
  }

  /** Rows that are there. */
  private static final class Rows implements Snapshot {
    private final long seq;
    private final List<@Nullable Object[]> rows;
    private final int batchSize;
    private int position;

    private Rows(long seq, List<@Nullable Object[]> rows, int batchSize) {
      this.seq = seq;
      this.rows = rows;
      this.batchSize = batchSize;
    }

    @Override
    public long seq() {
      return seq;
    }

    @Override
    public @Nullable List<@Nullable Object[]> next() {
      if (position >= rows.size()) {
        return null;
      }
      int to = Math.min(rows.size(), position + batchSize);
      List<@Nullable Object[]> batch = new ArrayList<>(rows.subList(position, to));
      position = to;
      return batch;
    }

    @Override
    public void close() {}
  }

  // ---- the work of a delivery thread

  /** From WORKING to READY or EMPTY, with the rows of a new snapshot. */
  private void load() {
    boolean done = false;
    synchronized (this) {
      dirty = false; // before the snapshot: what comes after it must be seen again
    }
    try (SnapshotReader reader = newReader()) {
      synchronized (this) {
        seq = reader.seq();
        shortAt = 0;
        while (!pending.isEmpty() && pending.getFirst().seq <= seq) {
          pending.removeFirst();
        }
      }
      IncrementalQuery operators = query;
      if (operators == null) {
        RerunResult fresh = newRerun();
        fresh.replace(run(reader));
        rerun = fresh;
      } else {
        load(operators, reader);
      }
      done = true;
    } finally {
      finishWork(done);
    }
  }

  private void load(IncrementalQuery operators, SnapshotReader reader) {
    try {
      operators.load(reader::read, available());
    } catch (StateTooLargeException e) {
      RerunResult again = newRerun();
      again.replace(run(reader));
      synchronized (this) {
        runAgainBecause(operators, again, String.valueOf(e.getMessage()));
        degraded(threads);
      }
    }
  }

  private List<@Nullable Object[]> run(SnapshotReader reader) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    long most = available() / RerunResult.bytesOfRow(types.size());
    reader.read(
        request.rerun().plan(),
        row -> {
          if (rows.size() >= most) {
            throw tooMuch("more than " + memory.limit());
          }
          rows.add(row);
        });
    return rows;
  }

  private synchronized long available() {
    return memory.availableTo(stateBytes);
  }

  private SnapshotReader newReader() {
    SnapshotReader reader = request.reader().open();
    synchronized (this) {
      reading = reader;
      if (phase == Phase.CLOSED) {
        reader.cancel();
      }
    }
    return reader;
  }

  /** Applies what came meanwhile, and gives the state up to whoever takes the monitor. */
  private synchronized void finishWork(boolean done) {
    reading = null;
    if (phase == Phase.CLOSED) {
      letGo();
    } else if (!done || stale) {
      phase = Phase.EMPTY;
      pending.clear();
    } else {
      phase = Phase.READY;
      while (phase == Phase.READY && query != null && !pending.isEmpty()) {
        apply(pending.removeFirst(), threads);
      }
      if (query == null && !pending.isEmpty()) {
        dirty = true; // commits that were kept for operators which have been given up since
        pending.clear();
      }
      if (phase == Phase.READY) {
        checkMemory(threads);
      }
      runAgainIfDirty(threads);
    }
    if (phase != Phase.WORKING) {
      tellAlterations(Long.MAX_VALUE, threads);
    }
    stale = false;
    notifyAll();
  }

  /** A turn in phase WORKING: reads the rows that are missing, or runs the query again. */
  @Override
  public void run() {
    try {
      if (query == null) {
        runAgain();
      } else {
        refill(query);
      }
    } catch (KalamException e) {
      workFailed(e);
    } catch (RuntimeException | Error e) {
      workFailed(new KalamException(ErrorCode.INTERNAL_ERROR, "Reading a live query failed", e));
    }
  }

  /** Ends it, unless its snapshot was closed under it: then its subscriptions have been reset. */
  private void workFailed(KalamException error) {
    boolean expected;
    synchronized (this) {
      expected = stale || phase == Phase.CLOSED;
    }
    finishWork(false);
    if (!expected) {
      fail(error);
    }
  }

  private void runAgain() {
    synchronized (this) {
      dirty = false;
    }
    try (SnapshotReader reader = newReader()) {
      List<@Nullable Object[]> rows = run(reader);
      // Of a table altered by a commit in the snapshot is told before the rows.
      reader.awaitPublished();
      awaitDispatched.run();
      synchronized (this) {
        RerunResult result = rerun;
        if (!stale && phase == Phase.WORKING && result != null) {
          seq = reader.seq();
          tell(seq, result.replace(rows), threads);
        }
      }
    }
    finishWork(true);
  }

  private void refill(IncrementalQuery operators) {
    while (true) {
      try (SnapshotReader reader = newReader()) {
        reader.awaitPublished();
        awaitDispatched.run();
        List<Runnable> later = new ArrayList<>();
        synchronized (this) {
          if (stale || phase != Phase.WORKING) {
            break;
          }
          for (Commit commit : pending) {
            if (commit.seq <= reader.seq()) {
              later.add(commit::enter);
            }
          }
        }
        List<ResultChange> changes = operators.refill(reader::read, later);
        if (changes != null) {
          synchronized (this) {
            seq = shortAt;
            shortAt = 0;
            tell(seq, changes, threads);
          }
          break;
        }
      }
    }
    finishWork(true);
  }

  // ---- the end

  /** Nobody listens any more; no sink is registered. What is being read is stopped. */
  synchronized void close() {
    boolean working = phase == Phase.WORKING;
    phase = Phase.CLOSED;
    pending.clear();
    notifyAll();
    if (!working) {
      letGo();
    } else if (reading != null) {
      reading.cancel();
    }
  }

  private void letGo() {
    try {
      resize(0);
      if (query != null) {
        query.close();
        query = null;
      }
      rerun = null;
      request.sources().forEach(source -> source.rows().close());
    } finally {
      letGo.accept(this); // at last: whoever waits for it frees the memory
    }
  }
}

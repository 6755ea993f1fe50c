package org.kalamdb.internal.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.CheckReport;
import org.kalamdb.Durability;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryReport;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogLoader;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.exec.QueryResources;
import org.kalamdb.internal.exec.SpillSpace;
import org.kalamdb.internal.exec.WorkerPool;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.internal.flush.FlushResult;
import org.kalamdb.internal.flush.FlushService;
import org.kalamdb.internal.live.LiveQueries;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.storage.TableReader;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.file.LocalFileStore;
import org.kalamdb.internal.storage.kv.InMemoryKeyValueStore;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.RocksKeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.RocksOptions;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.storage.table.TableStatistics;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.system.SystemTableReader;
import org.kalamdb.internal.system.SystemTables;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.ArrowSetup;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open database: every part, made in order of dependence and closed in the reverse. Thread-safe.
 */
public final class Engine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
  private static final long RESERVED_CLOSE_MILLIS = 1_000;

  private final KalamOptions options;
  private final @Nullable DatabaseDirectory directory;
  private final @Nullable Path temporaryCold;
  private final KeyValueStore store;
  private final BufferAllocator allocator;
  private final WorkerPool workers;
  private final QueryResources resources;
  private final HotCounters counters;
  private final ActiveFlushes flushes = new ActiveFlushes();
  private final ColdTier cold;
  private final TableStore tables;
  private final ChangeFeed feed;
  private final LiveQueries liveQueries = new LiveQueries();
  private final CommitPipeline pipeline;
  private final FlushService flushService;
  private final @Nullable StateNotes notes;
  private final RecoveryReport recovered;
  private final SnowflakeIds ids;
  private final Plans plans;
  private final DdlExecutor ddl = new DdlExecutor(this);
  private final Set<AbstractResult> openResults = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<Integer, BoundRules> rules = new ConcurrentHashMap<>();
  private final AtomicLong sessionNumbers = new AtomicLong();
  private final AtomicLong jobNumbers = new AtomicLong();
  private final OpenTransactions openTransactions = new OpenTransactions();
  private final SystemTables systemTables =
      new SystemTables().with(SystemTable.TRANSACTIONS, new TransactionRows(openTransactions));
  private final RunningWork running = new RunningWork();
  private final CancelToken shutdown = CancelToken.create();
  private volatile boolean closed;

  static Engine open(Path path, KalamOptions options) {
    ArrowSetup.prepare();
    if (!options.createIfMissing() && isMissing(path)) {
      throw new KalamException(ErrorCode.CANNOT_CONNECT, "There is no database at " + path)
          .withHint("createIfMissing(true) makes one");
    }
    long started = System.nanoTime();
    DatabaseDirectory directory = DatabaseDirectory.open(path);
    RocksKeyValueStore store = null;
    try {
      long cache = options.hotCacheBytes();
      RocksOptions sizes = new RocksOptions(cache, RocksOptions.DEFAULTS.writeBufferBytes());
      Recovery recovery = Recovery.begin(directory);
      store =
          RocksKeyValueStore.open(
              directory.hot(), recovery.past(), sizes, recovery::storeChangesNow);
      recovery.opened(store);
      return new Engine(
          options, directory, null, store, directory.cold(), directory.temp(), recovery, started);
    } catch (RuntimeException | Error e) {
      closeSuppressed(store, e);
      closeSuppressed(directory, e);
      throw e;
    }
  }

  private static boolean isMissing(Path path) {
    try (var files = Files.list(path)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      return true;
    }
  }

  private static void closeSuppressed(@Nullable AutoCloseable resource, Throwable first) {
    if (resource != null) {
      try {
        resource.close();
      } catch (Exception e) {
        first.addSuppressed(e);
      }
    }
  }

  static Engine openInMemory(KalamOptions options) {
    ArrowSetup.prepare();
    try {
      Path temporary = Files.createTempDirectory("kalamdb-memory");
      return new Engine(
          options,
          null,
          temporary,
          new InMemoryKeyValueStore(),
          temporary.resolve("cold"),
          temporary.resolve("temp"),
          Recovery.ofNew(),
          System.nanoTime());
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "No temporary directory for the cold tier can be made", e);
    }
  }

  private Engine(
      KalamOptions options,
      @Nullable DatabaseDirectory directory,
      @Nullable Path temporaryCold,
      KeyValueStore store,
      Path coldRoot,
      Path temp,
      Recovery recovery,
      long started) {
    this.options = options;
    this.directory = directory;
    this.temporaryCold = temporaryCold;
    this.store = store;
    this.allocator = new RootAllocator(options.memoryLimitBytes());
    this.workers = new WorkerPool(options.queryThreads() - 1);
    SpillSpace spill = new SpillSpace(new LocalFileStore(temp));
    spill.sweep();
    this.resources = new QueryResources(allocator, options.queryMemoryBytes(), spill, workers);
    this.plans = new Plans(allocator);
    this.ids = new SnowflakeIds(options.workerId(), options.clock()::millis);
    this.counters = HotCounters.load(store);
    CatalogSnapshot stored = CatalogLoader.load(store);
    recovery.verify(store, counters, stored);
    CatalogSnapshot catalog = TableCompletion.sweep(store, stored, recovery::undone);
    this.cold = new ColdTier(store, coldRoot, options.coldCacheBytes());
    this.tables = new TableStore(store, cold, counters::hotRows);
    this.feed = new ChangeFeed(0);
    feed.register(liveQueries);
    catalog = TemporaryTables.sweep(store, tables, counters, catalog);
    Durability durability = options.durability();
    this.pipeline =
        new CommitPipeline(
            store,
            catalog,
            durability.mode() == Durability.Mode.SYNC,
            options.clock()::millis,
            feed::publish);
    try (ReadView view = pipeline.acquireView()) {
      recovery.swept(cold.sweepOrphans(catalog.tables(), view.snapshot(), view.seq()));
    }
    this.flushService =
        new FlushService(
            store,
            tables,
            pipeline,
            counters,
            flushes,
            allocator,
            this::currentCatalog,
            options.clock()::millis);
    this.notes = directory == null ? null : new StateNotes(directory, pipeline);
    this.recovered = recovery.report(pipeline.durableSeq(), System.nanoTime() - started);
    LOG.atInfo()
        .addKeyValue("path", directory == null ? "memory" : directory.path())
        .addKeyValue("tables", catalog.tables().size())
        .addKeyValue("recovery", recovered)
        .log("Database opened");
  }

  // ---- parts

  KalamOptions options() {
    return options;
  }

  KeyValueStore store() {
    return store;
  }

  BufferAllocator allocator() {
    return allocator;
  }

  QueryResources resources() {
    return resources;
  }

  HotCounters counters() {
    return counters;
  }

  ActiveFlushes flushes() {
    return flushes;
  }

  TableStore tables() {
    return tables;
  }

  CommitPipeline pipeline() {
    return pipeline;
  }

  LiveQueries liveQueries() {
    return liveQueries;
  }

  Plans plans() {
    return plans;
  }

  DdlExecutor ddl() {
    return ddl;
  }

  /** The number of a new session. */
  long nextSession() {
    return sessionNumbers.incrementAndGet();
  }

  /** What a statement reads from: stored tables, and system tables as the user may see them. */
  TableReader reader(TableSnapshot snapshot, @Nullable UserId user) {
    return new SystemTableReader(snapshot, systemTables, user);
  }

  /** A session is closed: what it made temporarily goes. After the database, at the next open. */
  void dropTemporary(NamespaceId namespace) {
    if (!running.tryEnter()) {
      return;
    }
    try {
      if (currentCatalog().hasNamespace(namespace)) {
        ddl.dropTemporary(namespace);
      }
    } finally {
      running.exit();
    }
  }

  OpenTransactions openTransactions() {
    return openTransactions;
  }

  /** Sees to it that what is committed now is on disk in so many milliseconds. */
  void syncWithin(long millis) {
    if (notes != null) {
      notes.syncWithin(millis);
    }
  }

  SnowflakeIds ids() {
    return ids;
  }

  /** What opening found. */
  public RecoveryReport recovered() {
    return recovered;
  }

  /** Looks at everything; takes as long as reading it all. */
  public CheckReport check() {
    enter();
    try {
      return DatabaseChecker.check(this, shutdown);
    } finally {
      exit();
    }
  }

  // ---- what sessions ask for

  public Session openSession(@Nullable UserId user) {
    checkOpen();
    return new EngineSession(this, user, false);
  }

  /** The session behind {@code KalamDB.execute} and {@code query}. */
  public Session openSharedSession() {
    checkOpen();
    return new EngineSession(this, null, true);
  }

  void checkOpen() {
    if (closed) {
      throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The database is closed");
    }
  }

  /** A statement, or the fetch of a batch, begins; {@link #exit} follows. Refused once closing. */
  void enter() {
    if (!running.tryEnter()) {
      throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The database is closed");
    }
  }

  /** Cancelled when a close waits no longer for what is running. */
  CancelToken shutdown() {
    return shutdown;
  }

  void exit() {
    running.exit();
  }

  /**
   * To be called before waiting for something that a writer may hold; if it returns true, {@link
   * #exitWait} must follow. A writer held back by a listener does not wait for one that waits for
   * it.
   */
  public boolean enterWait() {
    return liveQueries.enterCommit();
  }

  public void exitWait() {
    liveQueries.exitCommit();
  }

  List<ParsedStatement> parse(String sql) {
    return SqlParser.parse(sql);
  }

  CatalogSnapshot currentCatalog() {
    try (ReadView view = pipeline.acquireView()) {
      return view.catalog();
    }
  }

  /** Commits as {@link CommitPipeline#commit} does, known to listeners that hold writers back. */
  long commit(Commit commit) {
    boolean entered = liveQueries.enterCommit();
    try {
      return pipeline.commit(commit);
    } finally {
      if (entered) {
        liveQueries.exitCommit();
      }
    }
  }

  BoundRules rules(TableDefinition table) {
    BoundRules known = rules.get(table.number());
    if (known == null || !table.isSameVersion(known.table())) {
      known = BoundRules.bind(table);
      rules.put(table.number(), known);
    }
    return known;
  }

  Subscription subscribe(
      EngineSession session,
      ParsedStatement statement,
      SubscriptionOptions subscriptionOptions,
      ChangeListener listener,
      @Nullable Object[] parameters) {
    LiveBinding.Bound bound = LiveBinding.bind(this, session, statement, parameters);
    Subscription subscription =
        liveQueries.subscribe(bound.request(), subscriptionOptions, listener);
    if (!bound.table().hasSameColumns(currentCatalog().table(bound.table().id()))) {
      // Dropped after it was bound, perhaps before it could be told so with the others.
      liveQueries.closeTable(
          bound.table().number(), "table " + bound.table().id() + " was dropped");
    }
    return subscription;
  }

  void tableWritten(TableDefinition table) {
    flushService.tableWritten(table);
  }

  FlushResult flush(TableDefinition table, @Nullable UserId user) {
    if (table.type() == TableType.STREAM) {
      throw new KalamException(
          ErrorCode.WRONG_OBJECT_TYPE,
          "stream table \"" + table.id() + "\" is never flushed: its events expire");
    }
    return flushService.flush(table, user);
  }

  /** The tables of STORAGE FLUSH ALL, in order of their names. */
  List<TableDefinition> tablesToFlush(@Nullable Identifier namespace) {
    CatalogSnapshot catalog = currentCatalog();
    if (namespace != null && !catalog.hasNamespace(new NamespaceId(namespace.name()))) {
      throw namespace
          .position()
          .error(
              ErrorCode.INVALID_SCHEMA_NAME,
              "namespace \"" + namespace.name() + "\" does not exist");
    }
    return catalog.tables().stream()
        .filter(t -> t.type() != TableType.STREAM && !NameRules.isTemporary(t.id().namespace()))
        .filter(t -> namespace == null || t.id().namespace().name().equals(namespace.name()))
        .sorted(Comparator.comparing(t -> t.id().toString()))
        .toList();
  }

  TableStatistics statistics(TableDefinition table, ReadView view) {
    return tables.statistics(table, view.snapshot(), view.seq());
  }

  /** What is left to do once a table's drop is committed: end live queries, delete files later. */
  void tableDropped(TableDefinition table, List<String> files, long seq) {
    liveQueries.closeTable(table.number(), "table " + table.id() + " was dropped");
    rules.remove(table.number());
    tables.forget(table);
    // The copies go at once: a new table of the same name would write its own in their place.
    cold.deleteFiles(files.stream().filter(ColdTier::isManifestJson).toList());
    pipeline
        .views()
        .afterReadersBefore(
            seq,
            () ->
                cold.deleteFiles(files.stream().filter(f -> !ColdTier.isManifestJson(f)).toList()));
  }

  String nextJobId(String prefix) {
    return prefix + "-" + Long.toString(ids.next(), 36) + "-" + jobNumbers.incrementAndGet();
  }

  void resultOpened(AbstractResult result) {
    openResults.add(result);
  }

  void resultClosed(AbstractResult result) {
    openResults.remove(result);
  }

  // ---- the end

  /** Ends everything within the options' limit. Called once, when the last handle is closed. */
  void close() {
    Duration limit = options.closeTimeout();
    long deadline = System.nanoTime() + limit.toNanos();
    closed = true;
    running.close();
    List<String> waiting = liveQueries.closeAll("the database is closed", limit);
    boolean flushed = flushService.close(Math.max(0, millisTo(deadline)) + RESERVED_CLOSE_MILLIS);
    int statements = running.awaitNone(deadline);
    if (statements > 0) {
      shutdown.cancel();
      statements =
          running.awaitNone(
              System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RESERVED_CLOSE_MILLIS));
    }
    if (!waiting.isEmpty() || !flushed || statements > 0) {
      LOG.atWarn()
          .addKeyValue("liveQueries", waiting)
          .addKeyValue("flushEnded", flushed)
          .addKeyValue("statements", statements)
          .log("Closing without waiting any longer");
    }
    RuntimeException first = null;
    List<AutoCloseable> parts = new ArrayList<>();
    parts.add(workers);
    parts.add(openTransactions);
    if (notes != null) {
      parts.add(notes);
    }
    boolean sound = pipeline.failure() == null;
    if (sound) {
      parts.add(pipeline::syncNow);
    }
    parts.add(pipeline);
    parts.add(store);
    if (directory != null && sound) {
      parts.add(new ClosingNote(directory, pipeline));
    }
    if (openResults.isEmpty() && flushed && waiting.isEmpty() && statements == 0) {
      // Otherwise somebody still holds vectors; they are freed when the process ends.
      parts.add(allocator);
    }
    if (directory != null) {
      parts.add(directory);
    }
    if (temporaryCold != null) {
      parts.add(() -> deleteTree(temporaryCold));
    }
    for (AutoCloseable part : parts) {
      if (part instanceof ClosingNote && first != null) {
        continue; // It would claim what is not so.
      }
      try {
        part.close();
      } catch (Exception e) {
        RuntimeException failure =
            e instanceof RuntimeException known ? known : new IllegalStateException(e);
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    LOG.atInfo()
        .addKeyValue("path", directory == null ? "memory" : directory.path())
        .log("Database closed");
    if (first != null) {
      throw first;
    }
  }

  /** The last step: after it the database counts as closed in order. */
  private record ClosingNote(DatabaseDirectory directory, CommitPipeline pipeline)
      implements AutoCloseable {
    @Override
    public void close() {
      StateNotes.noteClosed(directory, pipeline.durableSeq());
    }
  }

  private static long millisTo(long deadline) {
    return (deadline - System.nanoTime()) / 1_000_000;
  }

  private static void deleteTree(Path root) {
    try (var paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

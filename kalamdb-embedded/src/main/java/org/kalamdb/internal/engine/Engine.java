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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.CheckReport;
import org.kalamdb.Health;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryMode;
import org.kalamdb.RecoveryReport;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
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
import org.kalamdb.internal.flush.CompactionResult;
import org.kalamdb.internal.flush.FlushResult;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.job.Jobs;
import org.kalamdb.internal.live.LiveQueries;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.storage.TableReader;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.file.LocalFileStore;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.storage.table.TableStatistics;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.system.SystemTableReader;
import org.kalamdb.internal.system.SystemTables;
import org.kalamdb.internal.system.Viewer;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.ArrowSetup;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.Role;
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
  private final BufferAllocator allocator;
  private final WorkerPool workers;
  private final QueryResources resources;
  private final ChangeFeed feed;
  private final LiveQueries liveQueries;
  private final LiveCursors cursors = new LiveCursors(this);
  private final StreamExpiry streams;
  private final LiveQueryExecutor liveQueryExecutor = new LiveQueryExecutor(this);
  private final LivePlans livePlans = new LivePlans();
  private final LiveSnapshots liveSnapshots = new LiveSnapshots(this);
  private final StorageKeeper keeper;
  private final SnowflakeIds ids;
  private final Plans plans;
  private final DdlExecutor ddl = new DdlExecutor(this);
  private final StorageExecutor storageExecutor = new StorageExecutor(this);
  private final UserExecutor users = new UserExecutor(this);
  private final Set<AbstractResult> openResults = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<Integer, BoundRules> rules = new ConcurrentHashMap<>();
  private final Set<NamespaceId> temporary = ConcurrentHashMap.newKeySet();
  private final AtomicLong sessionNumbers = new AtomicLong();
  private final OpenTransactions openTransactions = new OpenTransactions();
  private final Jobs jobs;
  private final SystemTables systemTables;

  static Engine open(Path path, KalamOptions options) {
    return open(path, options, UnaryOperator.identity());
  }

  /**
   * As {@link #open(Path, KalamOptions)}.
   *
   * @param layer what is put over the hot tier's store whenever it is opened
   */
  static Engine open(Path path, KalamOptions options, UnaryOperator<KeyValueStore> layer) {
    ArrowSetup.prepare();
    if (!options.createIfMissing() && isMissing(path)) {
      throw new KalamException(ErrorCode.CANNOT_CONNECT, "There is no database at " + path)
          .withHint("createIfMissing(true) makes one");
    }
    boolean salvage = options.recovery() == RecoveryMode.SALVAGE;
    DatabaseDirectory directory =
        salvage ? DatabaseDirectory.openDamaged(path) : DatabaseDirectory.open(path);
    try {
      return new Engine(options, directory, null, directory.cold(), directory.temp(), layer);
    } catch (RuntimeException | Error e) {
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

  private static void closeSuppressed(AutoCloseable resource, Throwable first) {
    try {
      resource.close();
    } catch (Exception e) {
      first.addSuppressed(e);
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
          temporary.resolve("cold"),
          temporary.resolve("temp"),
          UnaryOperator.identity());
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "No temporary directory for the cold tier can be made", e);
    }
  }

  private Engine(
      KalamOptions options,
      @Nullable DatabaseDirectory directory,
      @Nullable Path temporaryCold,
      Path coldRoot,
      Path temp,
      UnaryOperator<KeyValueStore> layer) {
    this.options = options;
    this.directory = directory;
    this.temporaryCold = temporaryCold;
    this.jobs = new Jobs(options.clock()::millis);
    this.systemTables =
        new SystemTables()
            .with(SystemTable.TRANSACTIONS, new TransactionRows(openTransactions))
            .with(SystemTable.JOBS, new JobRows(jobs))
            .with(SystemTable.LIVE_QUERIES, liveQueryExecutor)
            .with(SystemTable.STORAGES, storageExecutor::rows)
            .with(SystemTable.USERS, users::rows);
    this.allocator = new RootAllocator(options.memoryLimitBytes());
    this.workers = new WorkerPool(options.queryThreads() - 1);
    SpillSpace spill = new SpillSpace(new LocalFileStore(temp));
    spill.sweep();
    this.resources = new QueryResources(allocator, options.queryMemoryBytes(), spill, workers);
    this.plans = new Plans(allocator);
    this.ids = new SnowflakeIds(options.workerId(), options.clock()::millis);
    this.feed = new ChangeFeed(0);
    this.liveQueries = new LiveQueries(options.liveMemoryBytes());
    feed.register(liveQueries);
    this.streams = new StreamExpiry(this, liveQueries);
    feed.register(streams);
    DiskSpace space =
        directory == null
            ? null
            : new DiskSpace(directory.path(), options.diskReserveBytes(), options.clock());
    this.keeper =
        new StorageKeeper(
            guard ->
                new StorageFrame(
                    options,
                    directory,
                    coldRoot,
                    () -> Math.max(options.clock().millis(), ids.newestMillis()),
                    allocator,
                    feed::publish,
                    guard,
                    streams,
                    temporary::contains,
                    jobs,
                    layer),
            space,
            new Reopening());
    // What was committed before is not in the feed.
    feed.restart(storage().pipeline().lastSeq());
    ids.advancePast(storage().pipeline().lastSeq());
    LOG.atInfo()
        .addKeyValue("path", directory == null ? "memory" : directory.path())
        .addKeyValue("tables", storage().catalog().tables().size())
        .addKeyValue("recovery", recovered())
        .log("Database opened");
  }

  /** What outlives a storage forgets what it knows of it. */
  private final class Reopening implements StorageKeeper.Listener {
    @Override
    public void closing(KalamException first) {
      liveQueries.pause("the storage is opened again after an error of the disk");
    }

    @Override
    public void opened(OpenStorage storage) {
      feed.restart(storage.pipeline().lastSeq());
      plans.clear();
      livePlans.clear();
      rules.clear();
      streams.lookAgain();
      users.lookAgain();
      liveQueries.resume();
    }
  }

  // ---- parts

  KalamOptions options() {
    return options;
  }

  /** That of the statement the thread runs, else the one that is open now. */
  OpenStorage storage() {
    return keeper.storage();
  }

  /** Refuses to go on with what another storage holds, with 40001. */
  void checkSame(OpenStorage before) {
    keeper.checkSame(before);
  }

  /** Refuses a write, with 58030, while the storage has failed. */
  void checkWritable() {
    keeper.checkWritable();
  }

  /** Whether writes are taken, and if not, why. */
  public Health health() {
    return keeper.health();
  }

  KeyValueStore store() {
    return storage().store();
  }

  BufferAllocator allocator() {
    return allocator;
  }

  QueryResources resources() {
    return resources;
  }

  HotCounters counters() {
    return storage().counters();
  }

  ActiveFlushes flushes() {
    return storage().flushes();
  }

  TableStore tables() {
    return storage().tables();
  }

  CommitPipeline pipeline() {
    return storage().pipeline();
  }

  /** The commits that are remembered. */
  ChangeFeed feed() {
    return feed;
  }

  LiveCursors cursors() {
    return cursors;
  }

  LiveQueries liveQueries() {
    return liveQueries;
  }

  LivePlans livePlans() {
    return livePlans;
  }

  LiveSnapshots liveSnapshots() {
    return liveSnapshots;
  }

  StreamExpiry streams() {
    return streams;
  }

  LiveQueryExecutor liveQueryExecutor() {
    return liveQueryExecutor;
  }

  Plans plans() {
    return plans;
  }

  DdlExecutor ddl() {
    return ddl;
  }

  UserExecutor users() {
    return users;
  }

  StorageExecutor storageExecutor() {
    return storageExecutor;
  }

  /** The number of a new session. */
  long nextSession() {
    return sessionNumbers.incrementAndGet();
  }

  /** The session may make tables in its namespace for temporary ones. */
  void keepTemporary(NamespaceId namespace) {
    temporary.add(namespace);
  }

  /** What a statement reads from: stored tables, and system tables as its session may see them. */
  TableReader reader(TableSnapshot snapshot, Viewer viewer) {
    return new SystemTableReader(snapshot, systemTables, viewer);
  }

  /** A session is closed: what it made temporarily goes. After the database, at the next open. */
  void dropTemporary(NamespaceId namespace) {
    temporary.remove(namespace);
    if (!keeper.tryEnter()) {
      return;
    }
    try {
      if (currentCatalog().hasNamespace(namespace)) {
        ddl.dropTemporary(namespace);
      }
    } finally {
      keeper.exit();
    }
  }

  OpenTransactions openTransactions() {
    return openTransactions;
  }

  /** Sees to it that what is committed now is on disk in so many milliseconds. */
  void syncWithin(long millis) {
    storage().syncWithin(millis);
  }

  SnowflakeIds ids() {
    return ids;
  }

  /** What opening found. */
  public RecoveryReport recovered() {
    return keeper.recovered();
  }

  /** Looks at everything; takes as long as reading it all. */
  public CheckReport check() {
    enter();
    try {
      return DatabaseChecker.check(this, shutdown());
    } finally {
      exit();
    }
  }

  // ---- what sessions ask for

  /** A session of the application itself, or of a user. */
  public Session openSession(@Nullable UserId user) {
    return openSession(user, user == null ? Role.DBA : Role.USER);
  }

  /**
   * A session of a role.
   *
   * @throws KalamException 42501 if the user is known not to have it
   */
  public Session openSession(@Nullable UserId user, Role role) {
    checkOpen();
    EngineSession session = new EngineSession(this, user, role, false);
    if (user != null && tryEnter()) { // else its first statement asks
      try {
        session.checkRole();
      } finally {
        exit();
      }
    }
    return session;
  }

  /** The session behind {@code KalamDB.execute} and {@code query}. */
  public Session openSharedSession() {
    checkOpen();
    return new EngineSession(this, null, Role.DBA, true);
  }

  /** Whether it is the password of a user who was created with one and is not dropped. */
  public boolean isPassword(UserId user, String password) {
    enter();
    try {
      return users.isPassword(user, password);
    } finally {
      exit();
    }
  }

  void checkOpen() {
    keeper.checkOpen();
  }

  /**
   * A statement, or the fetch of a batch, begins; {@link #exit} follows. Refused once closing, and
   * after an error of the disk while there is no storage.
   */
  void enter() {
    keeper.enter();
  }

  /**
   * As {@link #enter()} for what goes on with rows of a storage: refused with 40001 when another
   * has taken its place.
   */
  void enter(OpenStorage storage) {
    keeper.enter(storage);
  }

  /** Cancelled when a close waits no longer for what is running. */
  CancelToken shutdown() {
    return storage().shutdown();
  }

  /** As {@link #enter()}, but false where that refuses. */
  boolean tryEnter() {
    return keeper.tryEnter();
  }

  void exit() {
    keeper.exit();
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
    return storage().catalog();
  }

  /** Commits as {@link CommitPipeline#commit} does, known to listeners that hold writers back. */
  long commit(Commit commit) {
    boolean entered = liveQueries.enterCommit();
    try {
      return pipeline().commit(commit);
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

  void tableWritten(TableDefinition table) {
    storage().flushService().tableWritten(table);
  }

  /** Waits while too much is hot; see {@link KalamOptions.Builder#hotLimitBytes}. */
  void awaitHotRoom(Runnable poll) {
    storage().flushService().awaitRoom(poll);
  }

  Jobs jobs() {
    return jobs;
  }

  /** Flushes a table whole, or one partition of it. */
  FlushResult flush(TableDefinition table, @Nullable UserId user, Job job, Runnable poll) {
    if (table.type() == TableType.STREAM) {
      throw new KalamException(
          ErrorCode.WRONG_OBJECT_TYPE,
          "stream table \"" + table.id() + "\" is never flushed: its events expire");
    }
    checkWritable();
    return storage().flushService().flush(table, user, job, poll);
  }

  /** Compacts a table whole, or one partition of it. */
  CompactionResult compact(TableDefinition table, @Nullable UserId user, Job job, Runnable poll) {
    if (table.type() == TableType.STREAM) {
      throw new KalamException(
          ErrorCode.WRONG_OBJECT_TYPE,
          "stream table \"" + table.id() + "\" has no segments to compact");
    }
    checkWritable();
    return storage().compactions().compact(table, user, job, poll);
  }

  /** The tables of STORAGE FLUSH ALL and COMPACT ALL, in order of their names. */
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
    return tables().statistics(table, view.snapshot(), view.seq());
  }

  /** What is left to do once a table's drop is committed: end live queries, delete files later. */
  void tableDropped(TableDefinition table, List<String> files, long seq) {
    liveQueries.closeTable(table.number(), "table " + table.id() + " was dropped");
    rules.remove(table.number());
    tables().forget(table);
    ColdTier cold = storage().cold();
    // The copies go at once: a new table of the same name would write its own in their place.
    cold.deleteFiles(files.stream().filter(ColdTier::isManifestJson).toList());
    pipeline()
        .views()
        .afterReadersBefore(
            seq,
            () ->
                cold.deleteFiles(files.stream().filter(f -> !ColdTier.isManifestJson(f)).toList()));
  }

  /** Ends live queries on a table that their sessions may not read any more. */
  void endUnreadable(int tableNumber) {
    TableDefinition table = currentCatalog().table(tableNumber);
    if (table != null && table.type() == TableType.SHARED) {
      liveQueries.closeTable(
          tableNumber,
          role -> CatalogSnapshot.isVisible(table, role),
          "permission denied for table " + table.id().name() + ": its access level has changed");
    }
  }

  /** An application holds vectors of a result that holds no storage. */
  void batchLent(AbstractResult result) {
    openResults.add(result);
  }

  void batchReturned(AbstractResult result) {
    openResults.remove(result);
  }

  void resultOpened(AbstractResult result, OpenStorage storage) {
    openResults.add(result);
    storage.results().enter();
  }

  void resultClosed(AbstractResult result, OpenStorage storage) {
    openResults.remove(result);
    storage.results().exit();
  }

  // ---- the end

  /** Ends everything within the options' limit. Called once, when the last handle is closed. */
  void close() {
    Duration limit = options.closeTimeout();
    long deadline = System.nanoTime() + limit.toNanos();
    streams.close();
    OpenStorage storage = keeper.close(limit.toMillis() + RESERVED_CLOSE_MILLIS);
    if (storage != null) {
      storage.running().close();
    }
    List<String> waiting = liveQueries.closeAll("the database is closed", limit);
    String running =
        storage == null
            ? null
            : storage.quiesce(
                millisTo(deadline),
                new KalamException(
                    ErrorCode.ADMIN_SHUTDOWN,
                    "canceling statement because the database is closed"));
    if (!waiting.isEmpty() || running != null) {
      LOG.atWarn()
          .addKeyValue("liveQueries", waiting)
          .addKeyValue("running", running)
          .log("Closing without waiting any longer");
    }
    List<AutoCloseable> parts = new ArrayList<>();
    parts.add(workers);
    parts.add(openTransactions);
    parts.add(() -> cursors.close(storage == null ? null : storage.pipeline()));
    if (storage != null) {
      parts.addAll(storage.closingSteps());
    }
    if (openResults.isEmpty() && running == null && waiting.isEmpty() && keeper.isAtRest()) {
      // Otherwise somebody still holds vectors; they are freed when the process ends.
      parts.add(allocator);
    }
    if (directory != null && keeper.isAtRest()) {
      parts.add(directory);
    }
    if (temporaryCold != null) {
      parts.add(() -> deleteTree(temporaryCold));
    }
    RuntimeException first = closeAll(parts);
    LOG.atInfo()
        .addKeyValue("path", directory == null ? "memory" : directory.path())
        .log("Database closed");
    if (first != null) {
      throw first;
    }
  }

  private static @Nullable RuntimeException closeAll(List<AutoCloseable> parts) {
    RuntimeException first = null;
    for (AutoCloseable part : parts) {
      if (part instanceof OpenStorage.ClosingNote && first != null) {
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
    return first;
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

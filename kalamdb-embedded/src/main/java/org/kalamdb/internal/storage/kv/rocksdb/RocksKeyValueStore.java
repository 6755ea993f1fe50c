package org.kalamdb.internal.storage.kv.rocksdb;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Gate;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store on RocksDB. Every native call is inside the gate, so that nothing native is ever
 * touched after or during {@link #close()}; an iterator's steps are guarded by the iterator itself.
 *
 * <p>No EventListener is registered: its Java enums lack newer reasons, and the exception that
 * follows keeps RocksDB from recovering by itself after a full disk.
 */
public final class RocksKeyValueStore implements KeyValueStore {
  private static final Logger LOG = LoggerFactory.getLogger(RocksKeyValueStore.class);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);
  private static final int BLOOM_BITS_PER_KEY = 10;
  private static final long MAX_WAL_BYTES = 128L << 20;

  private final Path directory;
  private final NativeHandles handles;
  private final List<String> cutOff;
  private final RocksDB db;
  private final ColumnFamilyHandle[] families;
  private final int[] familyNumbers;
  private final ReadOptions readNewest;
  private final WriteOptions writeUnsynced;
  private final WriteOptions writeSynced;
  private final Gate gate = new Gate();
  private final Set<RocksKvIterator> openIterators = ConcurrentHashMap.newKeySet();
  private final Set<RocksSnapshot> openSnapshots = ConcurrentHashMap.newKeySet();
  private volatile @Nullable KalamException closedBecause;
  private boolean released;

  /** What became of the store in a directory before it is opened. */
  public enum Past {
    /** There never was one. */
    NONE,
    /** It was closed in order. */
    CLOSED,
    /** It was not closed: its last write may be there in part. */
    CRASHED
  }

  /** Opens a native iterator with the given options. */
  interface IteratorFactory {
    RocksIterator open(ReadOptions options);
  }

  private RocksKeyValueStore(
      Path directory,
      NativeHandles handles,
      RocksDB db,
      List<ColumnFamilyHandle> opened,
      List<String> cutOff) {
    this.directory = directory;
    this.cutOff = cutOff;
    this.handles = handles;
    this.db = db;
    this.families = opened.subList(1, opened.size()).toArray(ColumnFamilyHandle[]::new);
    this.familyNumbers = new int[families.length];
    for (int i = 0; i < families.length; i++) {
      familyNumbers[i] = families[i].getID();
    }
    this.readNewest = handles.add(new ReadOptions());
    this.writeUnsynced = handles.add(new WriteOptions());
    this.writeSynced = handles.add(new WriteOptions().setSync(true));
  }

  /**
   * Opens the store in a directory, or makes one there.
   *
   * @param past NONE only for a directory that never held a store: RocksDB answers a lost CURRENT
   *     file by deleting the data when it may create
   * @throws KalamException XX001 if files are damaged or missing, 55006 if the store is open
   *     elsewhere, 58030 if the directory cannot be read or written
   */
  public static RocksKeyValueStore open(Path directory, Past past, RocksOptions options) {
    return open(directory, past, options, () -> {});
  }

  /**
   * As {@link #open(Path, Past, RocksOptions)}.
   *
   * @param onSound run when the logs are found sound, before anything of the store is changed but
   *     torn tails
   */
  public static RocksKeyValueStore open(
      Path directory, Past past, RocksOptions options, Runnable onSound) {
    NativeLibrary.load();
    boolean create = past == Past.NONE;
    // RocksDB.open does not come back from some damages of its log, so it must not see them.
    List<WalPreflight.TornTail> torn =
        create ? List.of() : WalPreflight.check(directory, past == Past.CRASHED);
    onSound.run();
    NativeHandles handles = new NativeHandles();
    try {
      DBOptions dbOptions = handles.add(dbOptions(create, options));
      LRUCache cache = handles.add(new LRUCache(options.cacheBytes(), -1, false, 0.2));
      BloomFilter bloom = handles.add(new BloomFilter(BLOOM_BITS_PER_KEY, false));
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      ColumnFamilyOptions defaultOptions = handles.add(new ColumnFamilyOptions());
      descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, defaultOptions));
      for (KeyFamily family : KeyFamily.values()) {
        ColumnFamilyOptions familyOptions =
            handles.add(familyOptions(family, options, cache, bloom));
        descriptors.add(
            new ColumnFamilyDescriptor(
                family.storedName().getBytes(StandardCharsets.UTF_8), familyOptions));
      }
      List<ColumnFamilyHandle> opened = new ArrayList<>();
      RocksDB db = handles.add(RocksDB.open(dbOptions, directory.toString(), descriptors, opened));
      opened.forEach(handles::add);
      return new RocksKeyValueStore(
          directory, handles, db, opened, torn.stream().map(Object::toString).toList());
    } catch (RocksDBException e) {
      handles.close();
      throw RocksErrors.onOpen(e);
    } catch (RuntimeException | Error e) {
      handles.close();
      throw e;
    }
  }

  @SuppressWarnings("resource") // setters return the object they were called on
  private static DBOptions dbOptions(boolean create, RocksOptions options) {
    Properties properties = new Properties();
    // Options that have no setter in Java. Without the first a deleted log goes unnoticed.
    properties.setProperty("track_and_verify_wals", "true");
    DBOptions dbOptions = DBOptions.getDBOptionsFromProps(properties);
    if (dbOptions == null) {
      throw new KalamException(
          ErrorCode.INTERNAL_ERROR, "The native library does not know track_and_verify_wals");
    }
    return dbOptions
        .setCreateIfMissing(create)
        .setCreateMissingColumnFamilies(create)
        .setErrorIfExists(create)
        .setParanoidChecks(true)
        .setWalRecoveryMode(WALRecoveryMode.AbsoluteConsistency)
        .setRecycleLogFileNum(0)
        // A lost step of the MANIFEST then takes all families back to one moment.
        .setAtomicFlush(true)
        .setMaxTotalWalSize(MAX_WAL_BYTES)
        .setDbWriteBufferSize(options.writeBufferBytes())
        .setMaxBackgroundJobs(2)
        .setMaxOpenFiles(512)
        .setBytesPerSync(1 << 20)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(1 << 20)
        .setKeepLogFileNum(3)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  @SuppressWarnings("resource")
  private static ColumnFamilyOptions familyOptions(
      KeyFamily family, RocksOptions options, LRUCache cache, BloomFilter bloom) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setFilterPolicy(bloom)
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setPinTopLevelIndexAndFilter(true)
            .setFormatVersion(6);
    boolean large =
        switch (family) {
          case ROWS, INDEXES, STREAMS -> true;
          case CATALOG, MANIFEST, SUPERSEDED, JOBS, META -> false;
        };
    return new ColumnFamilyOptions()
        .setTableFormatConfig(table)
        .setWriteBufferSize(large ? options.writeBufferBytes() / 2 : 4 << 20)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        // A new key is looked up before it is written: most such reads end in this filter.
        .setMemtablePrefixBloomSizeRatio(large ? 0.02 : 0)
        .setMemtableWholeKeyFiltering(large);
  }

  /** The remains of interrupted writes that opening cut off the logs, as words for a person. */
  public List<String> cutOff() {
    return cutOff;
  }

  private ColumnFamilyHandle handle(KeyFamily family) {
    return families[family.ordinal()];
  }

  private void enter() {
    if (!gate.tryEnter()) {
      throw closedError();
    }
  }

  /** What a call after closing is told. */
  KalamException closedError() {
    KalamException because = closedBecause;
    return because == null
        ? RocksErrors.closed()
        : new KalamException(because.code(), because.reason(), because);
  }

  @Override
  public byte @Nullable [] get(KeyFamily family, byte[] key, @Nullable KvSnapshot snapshot) {
    enter();
    try {
      if (snapshot == null) {
        return db.get(handle(family), readNewest, key);
      }
      RocksSnapshot ours = (RocksSnapshot) snapshot;
      ReadOptions readOptions = ours.enter(this);
      try {
        return db.get(handle(family), readOptions, key);
      } finally {
        ours.exit();
      }
    } catch (RocksDBException e) {
      throw RocksErrors.onRead(e);
    } finally {
      gate.exit();
    }
  }

  @Override
  public List<byte @Nullable []> multiGet(
      KeyFamily family, List<byte[]> keys, @Nullable KvSnapshot snapshot) {
    enter();
    try {
      if (keys.isEmpty()) {
        return List.of();
      }
      List<ColumnFamilyHandle> handlePerKey = Collections.nCopies(keys.size(), handle(family));
      if (snapshot == null) {
        return db.multiGetAsList(readNewest, handlePerKey, keys);
      }
      RocksSnapshot ours = (RocksSnapshot) snapshot;
      ReadOptions readOptions = ours.enter(this);
      try {
        return db.multiGetAsList(readOptions, handlePerKey, keys);
      } finally {
        ours.exit();
      }
    } catch (RocksDBException e) {
      throw RocksErrors.onRead(e);
    } finally {
      gate.exit();
    }
  }

  @Override
  public void write(KvWriteBatch batch, boolean sync) {
    byte[] encoded = NativeBatch.encode(batch, familyNumbers);
    enter();
    try (WriteBatch nativeBatch = new WriteBatch(encoded)) {
      db.write(sync ? writeSynced : writeUnsynced, nativeBatch);
    } catch (RocksDBException e) {
      throw RocksErrors.onWrite(e);
    } finally {
      gate.exit();
    }
  }

  @Override
  public void syncLog() {
    enter();
    try {
      db.syncWal();
    } catch (RocksDBException e) {
      throw RocksErrors.onWrite(e);
    } finally {
      gate.exit();
    }
  }

  @Override
  public KvIterator iterator(
      KeyFamily family,
      byte[] from,
      byte @Nullable [] to,
      boolean reverse,
      @Nullable KvSnapshot snapshot) {
    enter();
    RocksSnapshot ours = (RocksSnapshot) snapshot;
    try {
      if (ours != null) {
        ours.enter(this);
      }
      try {
        // Once open the iterator holds its state by itself and may outlive the snapshot.
        RocksKvIterator iterator =
            new RocksKvIterator(
                this,
                readOptions -> db.newIterator(handle(family), readOptions),
                from,
                to,
                reverse,
                ours);
        openIterators.add(iterator);
        return iterator;
      } finally {
        if (ours != null) {
          ours.exit();
        }
      }
    } finally {
      gate.exit();
    }
  }

  void forget(RocksKvIterator iterator) {
    openIterators.remove(iterator);
  }

  @Override
  public KvSnapshot snapshot() {
    enter();
    try {
      RocksSnapshot snapshot = new RocksSnapshot(this, db.getSnapshot());
      openSnapshots.add(snapshot);
      return snapshot;
    } finally {
      gate.exit();
    }
  }

  /** Closes a snapshot for its owner; a closed store has closed it already. */
  void closeSnapshot(RocksSnapshot snapshot) {
    if (!gate.tryEnter()) {
      return;
    }
    try {
      release(snapshot);
    } finally {
      gate.exit();
    }
  }

  private boolean release(RocksSnapshot snapshot) {
    if (!snapshot.gate().close()) {
      return false;
    }
    openSnapshots.remove(snapshot);
    long inside = snapshot.gate().awaitEmpty(CLOSE_LIMIT);
    if (inside > 0) {
      // Left to the end of the process: releasing it under a reader would be the end of the
      // process.
      throw new KalamException(
          ErrorCode.OBJECT_IN_USE, "A snapshot is still being read by " + inside + " calls");
    }
    snapshot.closeReadOptions();
    db.releaseSnapshot(snapshot.handle());
    return true;
  }

  @Override
  public void checkpoint(Path target) {
    enter();
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(target.toString());
    } catch (RocksDBException e) {
      throw RocksErrors.onRead(e);
    } finally {
      gate.exit();
    }
  }

  @Override
  public void compactRange(KeyFamily family, byte[] from, byte @Nullable [] to) {
    enter();
    try {
      db.compactRange(handle(family), from, to);
    } catch (RocksDBException e) {
      throw RocksErrors.onRead(e);
    } finally {
      gate.exit();
    }
  }

  @Override
  public long approximateBytes(KeyFamily family, byte[] from, byte[] to) {
    enter();
    try (Slice first = new Slice(from);
        Slice end = new Slice(to)) {
      return db.getApproximateSizes(
              handle(family),
              List.of(new Range(first, end)),
              SizeApproximationFlag.INCLUDE_FILES,
              SizeApproximationFlag.INCLUDE_MEMTABLES)[0];
    } finally {
      gate.exit();
    }
  }

  /**
   * @throws KalamException 55006 if calls are still running after 30 seconds; the native database
   *     is then left open, because closing it under them would crash the process; another call
   *     waits again
   */
  @Override
  public void close() {
    close(null);
  }

  /**
   * As {@link #close()}, which takes it that nobody comes any more.
   *
   * @param because what later calls fail with; null: 08003
   */
  public synchronized void close(@Nullable KalamException because) {
    if (gate.isClosed()) {
      if (released) {
        return;
      }
    } else {
      closedBecause = because;
      gate.close();
    }
    long deadline = System.nanoTime() + CLOSE_LIMIT.toNanos();
    long inside = gate.awaitEmpty(CLOSE_LIMIT);
    int iterators = openIterators.size();
    while (inside == 0 && !openIterators.isEmpty()) {
      openIterators.removeIf(RocksKvIterator::closeWithStore);
      if (!openIterators.isEmpty()) {
        if (System.nanoTime() > deadline) {
          inside = openIterators.size();
        }
        LockSupport.parkNanos(100_000); // a step is running and takes microseconds
      }
    }
    if (inside > 0) {
      throw new KalamException(
          ErrorCode.OBJECT_IN_USE,
          "The hot tier cannot be closed: " + inside + " calls are still running");
    }
    int snapshots = openSnapshots.size();
    openSnapshots.forEach(this::release);
    if (iterators + snapshots > 0) {
      LOG.atWarn()
          .setMessage("Closed what was left open")
          .addKeyValue("directory", directory)
          .addKeyValue("iterators", iterators)
          .addKeyValue("snapshots", snapshots)
          .log();
    }
    released = true;
    handles.close();
  }
}

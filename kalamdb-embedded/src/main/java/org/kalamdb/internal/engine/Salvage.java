package org.kalamdb.internal.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamOptions;
import org.kalamdb.SalvageReport;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogLoader;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.file.DatabaseState;
import org.kalamdb.internal.storage.file.DurableFiles;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.kv.rocksdb.HotFiles;
import org.kalamdb.internal.storage.kv.rocksdb.RocksKeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.RocksOptions;
import org.kalamdb.internal.storage.kv.rocksdb.RocksSalvage;
import org.kalamdb.internal.storage.table.ColdSalvage;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.HotVerification;
import org.kalamdb.schema.TableType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a hot tier that is whole of one that is damaged, beside it, and puts it in its place; what
 * was there is kept in {@code lost/}. An ordinary opening follows, with all its checks.
 *
 * <p>Nothing of the database is changed before the new hot tier is complete and on disk. Then
 * segments that are not part of it are moved, and the two are exchanged; where that is cut short,
 * an ordinary opening refuses the database, and salvaging begins anew.
 */
final class Salvage {
  private static final Logger LOG = LoggerFactory.getLogger(Salvage.class);

  private final DatabaseDirectory directory;
  private final KalamOptions options;
  private final List<String> findings = new ArrayList<>();
  private final List<SalvageReport.LostSegment> lostSegments = new ArrayList<>();
  private final List<String> filesToMove = new ArrayList<>();
  private @Nullable Storages storages;
  private long newestSeq;
  private long rowsKept;
  private long rowsLost;
  private long rowsLeftOut;

  private Salvage(DatabaseDirectory directory, KalamOptions options) {
    this.directory = directory;
    this.options = options;
  }

  /**
   * @throws KalamException XX001 if nothing can be had, 58030 or 53100 if files cannot be written;
   *     the database is as it was then
   */
  static SalvageReport run(DatabaseDirectory directory, KalamOptions options, RocksOptions sizes) {
    Salvage salvage = new Salvage(directory, options);
    Path work = directory.temp().resolve("salvage");
    try {
      try {
        deleteTree(work);
        deleteTree(directory.salvagedHot());
        salvage.fill(work, sizes);
        return salvage.exchange();
      } finally {
        deleteTree(work);
        deleteTree(directory.salvagedHot());
      }
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The database cannot be salvaged: " + e.getMessage(), e);
    }
  }

  private void fill(Path work, RocksOptions sizes) throws IOException {
    DatabaseState state = state();
    if (!directory.isMarkerSound()) {
      findings.add("kalam.db is missing or damaged; the database gets a new identity");
    }
    Map<String, Long> noted = state == null ? Map.of() : state.files();
    Files.createDirectories(directory.salvagedHot());
    try (RocksSalvage old = RocksSalvage.open(directory.hot(), work, noted, findings);
        RocksKeyValueStore fresh =
            RocksKeyValueStore.open(directory.salvagedHot(), RocksKeyValueStore.Past.NONE, sizes);
        BufferAllocator allocator = new RootAllocator(options.memoryLimitBytes())) {
      SalvagedEntries entries = new SalvagedEntries(old, fresh, findings);
      entries.copy();
      HotCounters committed = HotCounters.load(fresh);
      long found = Math.max(entries.newestSeq(), CommitPipeline.newestSeq(fresh));
      if (state != null && found < state.seq()) {
        findings.add("commits after " + found + " are gone, up to " + state.seq() + " at least");
      }
      newestSeq = Math.max(found, state == null ? 0 : state.seq());
      CatalogSnapshot catalog = entries.catalog();
      compare(fresh, committed, catalog);
      Storages all =
          new Storages(
              directory.cold(),
              directory.owner(),
              catalog.storages(),
              CatalogLoader.userStorages(fresh));
      storages = all;
      checkStorages(fresh, catalog, all);
      leaveBrokenSegments(fresh, catalog, all, allocator);
      SalvagedTables tables = new SalvagedTables(fresh, all, allocator, newestSeq);
      rowsLeftOut = entries.rowsLeftOut();
      for (TableDefinition table : catalog.tables()) {
        if (table.type() != TableType.STREAM) {
          long left = tables.agree(table);
          if (left > 0) {
            findings.add(
                table.id() + ": " + left + " rows are left out that newer ones took the place of");
            rowsLeftOut += left;
          }
        }
      }
      KvWriteBatch last = new KvWriteBatch();
      HotCounters counted = HotVerification.recount(fresh, last);
      for (int table : counted.tables()) {
        rowsKept += counted.hotRows(table);
      }
      CommitPipeline.addNewestSeq(last, newestSeq);
      fresh.write(last, true);
    }
  }

  private @Nullable DatabaseState state() {
    try {
      return directory.state();
    } catch (KalamException e) {
      if (e.code() != ErrorCode.DATA_CORRUPTED) {
        throw e;
      }
      findings.add(
          "kalam.state is missing or damaged; whether the newest commits are there is not known");
      return null;
    }
  }

  /** Rows that the counters promise, and those that are there. */
  private void compare(RocksKeyValueStore fresh, HotCounters committed, CatalogSnapshot catalog) {
    HotCounters found = HotVerification.recount(fresh, new KvWriteBatch());
    for (TableDefinition table : catalog.tables()) {
      HotCounters.Content before = committed.content(table.number());
      HotCounters.Content now = found.content(table.number());
      if (table.type() != TableType.STREAM && !before.equals(now)) {
        findings.add(
            table.id()
                + ": "
                + now.rows()
                + " hot rows are there where "
                + before.rows()
                + " were counted"
                + (before.rows() == now.rows() ? ", or other versions of them" : ""));
        rowsLost += Math.max(0, before.rows() - now.rows());
      }
    }
  }

  /** What cannot be looked at would count as lost, and it may be sound. */
  private static void checkStorages(
      RocksKeyValueStore fresh, CatalogSnapshot catalog, Storages storages) {
    ColdSalvage cold = new ColdSalvage(fresh, storages);
    try (KvSnapshot snapshot = fresh.snapshot()) {
      for (TableDefinition table : catalog.tables()) {
        for (int storage : cold.unavailable(table, snapshot)) {
          throw new KalamException(
                  ErrorCode.IO_ERROR,
                  "storage \""
                      + storages.nameOf(storage)
                      + "\", which has segments of table "
                      + table.id()
                      + ", is not available: "
                      + storages.files().problem(storage))
              .withHint("Salvaging needs all storages: bring it back, and salvage again.");
        }
      }
    }
  }

  private void leaveBrokenSegments(
      RocksKeyValueStore fresh,
      CatalogSnapshot catalog,
      Storages storages,
      BufferAllocator allocator) {
    ColdSalvage cold = new ColdSalvage(fresh, storages);
    KvWriteBatch batch = new KvWriteBatch();
    try (KvSnapshot snapshot = fresh.snapshot()) {
      for (TableDefinition table : catalog.tables()) {
        for (ColdSalvage.Broken broken :
            cold.removeBroken(batch, table, snapshot, newestSeq, allocator)) {
          lostSegments.add(
              new SalvageReport.LostSegment(
                  table.id().toString(),
                  broken.user() == null ? null : broken.user().value(),
                  broken.entry().file(),
                  broken.entry().rows(),
                  broken.reason()));
        }
      }
    }
    fresh.write(batch, false);
    try (KvSnapshot snapshot = fresh.snapshot()) {
      filesToMove.addAll(new ColdSalvage(fresh, storages).unnamed(catalog.tables(), snapshot));
    }
  }

  private SalvageReport exchange() throws IOException {
    Path kept = directory.createLost();
    for (String file : filesToMove) {
      if (storages != null && StorageFiles.storageOf(file) != 0) {
        // On another disk, perhaps: it is kept there.
        storages.files().setAside(file, String.valueOf(kept.getFileName()));
        continue;
      }
      Path from = directory.cold().resolve(file);
      Path to = kept.resolve("cold").resolve(file);
      Files.createDirectories(to.getParent());
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
    if (!filesToMove.isEmpty() && lostSegments.isEmpty()) {
      findings.add(filesToMove.size() + " files of the cold tier that no manifest names are moved");
    }
    SalvageReport report =
        new SalvageReport(kept, findings, lostSegments, rowsKept, rowsLost, rowsLeftOut);
    DurableFiles.replace(
        kept.resolve("report.txt"), text(report).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    directory.replaceHot(
        kept, () -> new DatabaseState(false, newestSeq, HotFiles.listOpen(directory.hot())));
    LOG.atWarn()
        .addKeyValue("path", directory.path())
        .addKeyValue("salvage", report)
        .log("The database was salvaged");
    return report;
  }

  private static String text(SalvageReport report) {
    StringBuilder text = new StringBuilder();
    report.findings().forEach(finding -> text.append(finding).append('\n'));
    report.lostSegments().forEach(segment -> text.append(segment).append('\n'));
    return text.append("hot rows kept: ")
        .append(report.hotRowsKept())
        .append("\nhot rows lost: ")
        .append(report.hotRowsLost())
        .append("\nrows left out: ")
        .append(report.rowsLeftOut())
        .append('\n')
        .toString();
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}

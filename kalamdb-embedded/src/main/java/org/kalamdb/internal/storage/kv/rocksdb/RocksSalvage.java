package org.kalamdb.internal.storage.kv.rocksdb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;

/**
 * Reads what is left of a damaged store, from a working copy; the store's own files stay as they
 * are.
 *
 * <p>Logs count up to their first flaw. A table file that is damaged counts with the entries before
 * and behind its damaged blocks: RocksDB finds a file with those in its place, so that older and
 * newer entries of a key stay in order. Where the MANIFEST is damaged, nobody knows the order of
 * the files it would have named: their entries are visited as strays, and the caller decides by
 * what is in them.
 */
public final class RocksSalvage implements AutoCloseable {
  private static final Pattern TABLE = Pattern.compile("([0-9]{6,19})\\.sst");
  private static final int MOST_OPENINGS = 100;

  private final Path hot;
  private final List<String> findings;
  private final NativeHandles handles = new NativeHandles();
  private @Nullable RocksDB db;
  private ColumnFamilyHandle[] families = {};
  private final List<Path> strays = new ArrayList<>();

  private RocksSalvage(Path hot, List<String> findings) {
    this.hot = hot;
    this.findings = findings;
  }

  /**
   * @param work an empty or missing directory on the same disk; the caller deletes it afterwards
   * @param noted lengths of the store's files as they were last noted; empty if that is not known
   * @param findings told in words what is damaged
   * @throws KalamException XX001 if nothing can be read, 58030 if the copy cannot be made
   */
  public static RocksSalvage open(
      Path hot, Path work, Map<String, Long> noted, List<String> findings) {
    NativeLibrary.load();
    RocksSalvage salvage = new RocksSalvage(hot, findings);
    try {
      salvage.open(work, noted);
      return salvage;
    } catch (IOException e) {
      salvage.close();
      throw new KalamException(
          ErrorCode.IO_ERROR, "The hot tier cannot be copied: " + e.getMessage(), e);
    } catch (RocksDBException e) {
      salvage.close();
      throw new KalamException(
          ErrorCode.DATA_CORRUPTED, "Nothing of the hot tier can be had: " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      salvage.close();
      throw e;
    }
  }

  private void open(Path work, Map<String, Long> noted) throws IOException, RocksDBException {
    SalvageCopy copy = SalvageCopy.make(hot, work.resolve("store"), noted, findings);
    Set<String> live = new TreeSet<>();
    boolean orderLost = copy.isOrderLost();
    if (copy.hasManifest() && hasAllFamilies(work.resolve("store"))) {
      try {
        noteGaps(work.resolve("store"));
        live = openCopy(work.resolve("store"));
      } catch (RocksDBException e) {
        handles.close();
        findings.add("hot: the store cannot be opened as it is: " + e.getMessage());
        orderLost = true;
        db = null;
      }
    }
    if (db == null) {
      Path logs = work.resolve("logs");
      openNative(logs, true);
      handles.close();
      copy.moveLogsTo(logs);
      openNative(logs, false);
    }
    if (orderLost) {
      strays.addAll(strays(live));
    }
  }

  /** False if the MANIFEST ends before the families were made: then logs are of unknown ones. */
  private static boolean hasAllFamilies(Path store) {
    try (Options options = new Options()) {
      Set<String> names = new TreeSet<>();
      for (byte[] name : RocksDB.listColumnFamilies(options, store.toString())) {
        names.add(new String(name, StandardCharsets.UTF_8));
      }
      return Stream.of(KeyFamily.values()).allMatch(family -> names.contains(family.storedName()));
    } catch (RocksDBException e) {
      return false;
    }
  }

  /**
   * Logs that are missing between others, or at the end, leave no trace but in a strict opening.
   */
  private void noteGaps(Path store) throws IOException {
    try {
      openNative(store, false, true);
    } catch (RocksDBException e) {
      findings.add("hot: " + e.getMessage());
    } finally {
      handles.close();
    }
  }

  /** The names of the table files that count. */
  private Set<String> openCopy(Path store) throws IOException, RocksDBException {
    for (int i = 0; ; i++) {
      try {
        openNative(store, false);
      } catch (RocksDBException e) {
        // Not even lenient about this file: it goes from the copy with all that is in it.
        Matcher name = TABLE.matcher(String.valueOf(e.getMessage()));
        if (!name.find() || i == MOST_OPENINGS) {
          throw e;
        }
        handles.close();
        findings.add("hot/" + name.group() + ": " + e.getMessage());
        Path table = store.resolve(name.group());
        replace(table, new byte[] {0}, Files.exists(table) ? Files.size(table) : 0);
        continue;
      }
      List<LiveFileMetaData> files = open().getLiveFilesMetaData();
      List<LiveFileMetaData> broken = new ArrayList<>();
      Set<String> names = new TreeSet<>();
      for (LiveFileMetaData file : files) {
        String name = file.fileName().substring(1);
        names.add(name);
        String flaw = new SstFile(store.resolve(name)).flaw();
        if (flaw != null) {
          broken.add(file);
          findings.add(
              "hot/"
                  + name
                  + " ("
                  + new String(file.columnFamilyName(), StandardCharsets.UTF_8)
                  + ", "
                  + file.numEntries()
                  + " entries, of them "
                  + file.numDeletions()
                  + " deletions): "
                  + flaw
                  + "; only what lies around the damage is kept");
        }
      }
      if (broken.isEmpty() || i == MOST_OPENINGS) {
        return names;
      }
      handles.close();
      for (LiveFileMetaData file : broken) {
        replace(store.resolve(file.fileName().substring(1)), file.largestKey(), file.size());
      }
    }
  }

  private void replace(Path table, byte[] greatest, long size)
      throws IOException, RocksDBException {
    Path readable = table.resolveSibling(table.getFileName() + ".readable");
    if (!new SstFile(table).writeReadable(readable, greatest, size)) {
      strays.add(hot.resolve(table.getFileName()));
    }
    Files.deleteIfExists(table);
    Files.move(readable, table);
  }

  private void openNative(Path directory, boolean create) throws IOException, RocksDBException {
    openNative(directory, create, false);
  }

  /**
   * Opens so that nothing is compacted away.
   *
   * @param strict whether a gap in the logs refuses the opening; nothing else does
   */
  @SuppressWarnings("resource") // setters return the object they were called on
  private void openNative(Path directory, boolean create, boolean strict)
      throws IOException, RocksDBException {
    Files.createDirectories(directory);
    Properties properties = new Properties();
    properties.setProperty("verify_sst_unique_id_in_manifest", "false");
    properties.setProperty("skip_checking_sst_file_sizes_on_db_open", "true");
    properties.setProperty("track_and_verify_wals", String.valueOf(strict));
    DBOptions options = DBOptions.getDBOptionsFromProps(properties);
    if (options == null) {
      throw new KalamException(
          ErrorCode.INTERNAL_ERROR, "The native library does not know the options of salvaging");
    }
    handles
        .add(options)
        .setCreateIfMissing(create)
        .setCreateMissingColumnFamilies(true)
        .setParanoidChecks(false)
        .setAvoidFlushDuringRecovery(true)
        .setWalRecoveryMode(
            strict ? WALRecoveryMode.AbsoluteConsistency : WALRecoveryMode.PointInTimeRecovery)
        .setKeepLogFileNum(1);
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    ColumnFamilyOptions family =
        handles.add(new ColumnFamilyOptions()).setDisableAutoCompactions(true);
    descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, family));
    for (KeyFamily each : KeyFamily.values()) {
      descriptors.add(
          new ColumnFamilyDescriptor(each.storedName().getBytes(StandardCharsets.UTF_8), family));
    }
    List<ColumnFamilyHandle> opened = new ArrayList<>();
    RocksDB made = handles.add(RocksDB.open(options, directory.toString(), descriptors, opened));
    opened.forEach(handles::add);
    db = made;
    families = opened.subList(1, opened.size()).toArray(ColumnFamilyHandle[]::new);
  }

  private RocksDB open() {
    RocksDB open = db;
    if (open == null) {
      throw new IllegalStateException("The store is not open");
    }
    return open;
  }

  private List<Path> strays(Set<String> live) throws IOException {
    try (Stream<Path> files = Files.list(hot)) {
      List<Path> found =
          files
              .filter(file -> TABLE.matcher(file.getFileName().toString()).matches())
              .filter(file -> !live.contains(file.getFileName().toString()))
              .sorted(Comparator.comparing(file -> file.getFileName().toString()))
              .toList();
      if (!found.isEmpty()) {
        findings.add(
            "hot: table files without a place in the MANIFEST are read too, deleted rows in them"
                + " may be back: "
                + found.stream().map(file -> file.getFileName().toString()).toList());
      }
      return found;
    }
  }

  /** Visits the entries of a family in order of keys. */
  public void visit(KeyFamily family, EntryVisitor visitor) {
    try (ReadOptions options = new ReadOptions().setFillCache(false);
        RocksIterator entries = open().newIterator(families[family.ordinal()], options)) {
      for (entries.seekToFirst(); entries.isValid(); entries.next()) {
        visitor.visit(family, entries.key(), entries.value());
      }
      entries.status();
    } catch (RocksDBException e) {
      throw new KalamException(
          ErrorCode.DATA_CORRUPTED,
          "What is left of the hot tier cannot be read: " + e.getMessage(),
          e);
    }
  }

  /** Visits the entries of a family in files whose place is not known, from old files to new. */
  public void visitStrays(KeyFamily family, EntryVisitor visitor) {
    for (Path stray : strays) {
      SstFile file = new SstFile(stray);
      if (!family.storedName().equals(file.family())) {
        continue;
      }
      try {
        if (!file.visitReadable((key, value) -> visitor.visit(family, key, value))) {
          findings.add("hot/" + stray.getFileName() + " is damaged; a part of it is kept");
        }
      } catch (RocksDBException e) {
        findings.add("hot/" + stray.getFileName() + ": " + e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    handles.close();
  }
}

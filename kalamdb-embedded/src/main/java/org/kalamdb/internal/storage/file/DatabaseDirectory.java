package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Hints;

/**
 * The directory of an open database, locked for as long as this lives.
 *
 * <pre>
 * kalam.lock       process id of the owner; see {@link DirectoryLock}
 * kalam.db         marker: this is a database; see {@link DatabaseMarker}
 * kalam.state      what the hot tier must not be older than; see {@link DatabaseState}
 * kalam.probe      only while it is found out whether the disk can be written again
 * kalam.creating   only while a database is made: what is here is rubbish until kalam.db appears
 * hot/             RocksDB
 * cold/            segments
 * temp/            what queries put aside; whatever is here at an open is rubbish
 * lost/            what salvaging kept; never looked at again
 * hot.salvaged     only while salvaging: the hot tier that is being made
 * </pre>
 *
 * A directory with files of somebody else is refused and left as it is. Opening a new one is
 * complete with {@link #markCreated()}: before, a crash leaves an unfinished database that the next
 * open sweeps.
 */
public final class DatabaseDirectory implements AutoCloseable {
  private static final String CREATING = "kalam.creating";
  private static final String HOT = "hot";
  private static final String COLD = "cold";
  private static final String TEMP = "temp";
  private static final String PROBE = "kalam.probe";
  private static final int PROBE_BYTES = 64 << 10;
  private static final String LOST = "lost";
  private static final String SALVAGED = "hot.salvaged";

  private final Path path;
  private final DirectoryLock lock;
  private final DatabaseMarker marker;
  private boolean isNew;
  private boolean closed;

  private DatabaseDirectory(Path path, DirectoryLock lock, DatabaseMarker marker, boolean isNew) {
    this.path = path;
    this.lock = lock;
    this.marker = marker;
    this.isNew = isNew;
  }

  /**
   * Opens the database in the directory; makes one if the directory is absent or empty.
   *
   * @throws KalamException 55006 if it is open elsewhere, 08001 if the path is no directory of
   *     ours, 0A000 if its format is newer, XX001 if files are missing or damaged, 58030 if it
   *     cannot be read or written
   */
  public static DatabaseDirectory open(Path path) {
    try {
      Path directory = prepare(path);
      // Asked before anything is written, and again when nobody else can be at it.
      isUnfinishedOrEmpty(directory);
      DirectoryLock lock = DirectoryLock.acquire(directory);
      try {
        return isUnfinishedOrEmpty(directory)
            ? create(directory, lock)
            : openExisting(directory, lock);
      } catch (Throwable e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The directory of the database cannot be used: " + e, e);
    }
  }

  /**
   * Opens what is left of the database in the directory; whatever is damaged inside is the caller's
   * to deal with. The marker, if it is damaged, is one of the newest format; it is written by
   * {@link #replaceHot}.
   *
   * @throws KalamException 55006 if it is open elsewhere, 08001 if nothing of a database is there,
   *     0A000 if its format is newer, 58030 if it cannot be read or written
   */
  public static DatabaseDirectory openDamaged(Path path) {
    try {
      if (!Files.isDirectory(path)) {
        throw nothingThere(path);
      }
      Path directory = prepare(path);
      if (!hasHotFiles(directory.resolve(HOT)) && lostHot(directory) == null) {
        throw nothingThere(path);
      }
      DirectoryLock lock = DirectoryLock.acquire(directory);
      try {
        Path moved = lostHot(directory);
        if (moved != null && !hasHotFiles(directory.resolve(HOT))) {
          // Salvaging ended between its two last renames.
          deleteTree(directory.resolve(HOT));
          Files.move(moved, directory.resolve(HOT), StandardCopyOption.ATOMIC_MOVE);
        }
        Files.createDirectories(directory.resolve(COLD));
        deleteTree(directory.resolve(SALVAGED));
        return new DatabaseDirectory(directory, lock, markerOrNew(directory), false);
      } catch (Throwable e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The directory of the database cannot be used: " + e, e);
    }
  }

  private static KalamException nothingThere(Path path) {
    return new KalamException(
        ErrorCode.CANNOT_CONNECT, "There is nothing of a database to salvage at " + path);
  }

  private static boolean hasHotFiles(Path hot) throws IOException {
    if (!Files.isDirectory(hot)) {
      return false;
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(hot, "{MANIFEST-*,*.sst,*.log,CURRENT}")) {
      return files.iterator().hasNext();
    }
  }

  /** The hot tier that was set aside last; null if there is none. */
  private static @Nullable Path lostHot(Path directory) throws IOException {
    Path lost = directory.resolve(LOST);
    Path newest = null;
    if (Files.isDirectory(lost)) {
      try (DirectoryStream<Path> kept = Files.newDirectoryStream(lost)) {
        for (Path each : kept) {
          if (hasHotFiles(each.resolve(HOT))
              && (newest == null || each.compareTo(newest.getParent()) > 0)) {
            newest = each.resolve(HOT);
          }
        }
      }
    }
    return newest;
  }

  private static DatabaseMarker markerOrNew(Path directory) throws IOException {
    try {
      return DatabaseMarker.read(directory);
    } catch (KalamException e) {
      if (e.code() != ErrorCode.DATA_CORRUPTED) {
        throw e;
      }
      return new DatabaseMarker(
          FormatVersion.newest(), UUID.randomUUID(), Instant.now().truncatedTo(ChronoUnit.MILLIS));
    }
  }

  /** Whether the marker is there as it was written. */
  public boolean isMarkerSound() {
    try {
      return DatabaseMarker.read(path).equals(marker);
    } catch (KalamException | IOException e) {
      return false;
    }
  }

  /** Where a hot tier is made that {@link #replaceHot} puts in place. */
  public Path salvagedHot() {
    return path.resolve(SALVAGED);
  }

  /** A new directory below {@code lost/} with copies of marker and state file. */
  public Path createLost() throws IOException {
    String now =
        DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'")
            .withZone(ZoneOffset.UTC)
            .format(Instant.now());
    Path kept = path.resolve(LOST).resolve(now);
    for (int i = 2; Files.exists(kept); i++) {
      kept = path.resolve(LOST).resolve(now + "-" + i);
    }
    DurableFiles.createDirectories(kept);
    for (String name : List.of(DatabaseMarker.FILE_NAME, DatabaseState.FILE_NAME)) {
      if (Files.isRegularFile(path.resolve(name))) {
        Files.copy(path.resolve(name), kept.resolve(name));
      }
    }
    return kept;
  }

  /**
   * Moves the hot tier to {@code kept} and the salvaged one into its place, notes its state, and
   * writes the marker. Until it returns, an opening refuses the database or finds it as it was.
   */
  public synchronized void replaceHot(Path kept, Supplier<DatabaseState> state) throws IOException {
    DurableFiles.syncDirectory(salvagedHot());
    DurableFiles.syncDirectory(kept);
    Files.move(hot(), kept.resolve(HOT), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncDirectory(kept);
    DurableFiles.syncDirectory(path);
    Files.move(salvagedHot(), hot(), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncDirectory(path);
    note(state.get());
    if (!isMarkerSound()) {
      marker.write(path);
    }
  }

  private static Path prepare(Path path) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new KalamException(
          ErrorCode.CANNOT_CONNECT, "The path of a database must be a directory: " + path);
    }
    DurableFiles.createDirectories(path);
    Path directory = path.toRealPath();
    if (!Files.isWritable(directory)) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The directory of the database is not writable: " + directory);
    }
    return directory;
  }

  /** True if a database is to be made here, false if there is one; everything else is refused. */
  private static boolean isUnfinishedOrEmpty(Path directory) throws IOException {
    if (Files.exists(directory.resolve(DatabaseMarker.FILE_NAME), LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    boolean unfinished = Files.exists(directory.resolve(CREATING));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!isOurs(file.getFileName().toString(), unfinished)) {
          throw new KalamException(
                  ErrorCode.CANNOT_CONNECT,
                  "The directory holds other files and no KalamDB database: " + directory)
              .withHint(
                  "Give an empty directory, or restore its "
                      + DatabaseMarker.FILE_NAME
                      + "; if it is a database without it, KalamOptions.builder()"
                      + ".recovery(RecoveryMode.SALVAGE) makes a new one");
        }
      }
    }
    return true;
  }

  private static boolean isOurs(String name, boolean unfinished) {
    return name.equals(DirectoryLock.FILE_NAME)
        || (unfinished
            && (name.equals(CREATING)
                || name.equals(HOT)
                || name.equals(COLD)
                || name.equals(TEMP)
                || name.equals(DatabaseState.FILE_NAME)
                || name.equals(DatabaseState.FILE_NAME + ".tmp")
                || name.equals(DatabaseMarker.FILE_NAME + ".tmp")));
  }

  private static DatabaseDirectory create(Path directory, DirectoryLock lock) throws IOException {
    Path parent = directory.getParent();
    if (parent != null && Files.isReadable(parent)) {
      // Whoever created the directory may have come no further.
      DurableFiles.syncDirectory(parent);
    }
    if (Files.exists(directory.resolve(CREATING))) {
      deleteTree(directory.resolve(HOT));
      deleteTree(directory.resolve(COLD));
      deleteTree(directory.resolve(TEMP));
    } else {
      Path creating = directory.resolve(CREATING);
      Disk.of(creating).create(creating).close();
      DurableFiles.syncDirectory(directory);
    }
    DurableFiles.createDirectories(directory.resolve(HOT));
    DurableFiles.createDirectories(directory.resolve(COLD));
    DatabaseMarker marker =
        new DatabaseMarker(
            FormatVersion.newest(),
            UUID.randomUUID(),
            Instant.now().truncatedTo(ChronoUnit.MILLIS));
    return new DatabaseDirectory(directory, lock, marker, true);
  }

  private static DatabaseDirectory openExisting(Path directory, DirectoryLock lock)
      throws IOException {
    DatabaseMarker marker = DatabaseMarker.read(directory);
    if (!Files.isRegularFile(directory.resolve(HOT).resolve("CURRENT"))) {
      throw new KalamException(
              ErrorCode.DATA_CORRUPTED,
              "The hot tier of the database is missing: "
                  + directory.resolve(HOT).resolve("CURRENT"))
          .withHint(Hints.DAMAGED);
    }
    DurableFiles.createDirectories(directory.resolve(COLD));
    Disk.of(directory).delete(directory.resolve(CREATING));
    return new DatabaseDirectory(directory, lock, marker, false);
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Disk.of(file).delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Disk.of(directory).delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** True until {@link #markCreated()}: nothing is in the directory yet. */
  public synchronized boolean isNew() {
    return isNew;
  }

  /** Makes the new database count: called when its hot tier is on disk. */
  public synchronized void markCreated() {
    if (!isNew || closed) {
      throw new IllegalStateException("The database is not being created");
    }
    try {
      DurableFiles.syncDirectory(hot());
      marker.write(path);
      isNew = false;
      Disk.of(path).delete(path.resolve(CREATING));
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The database cannot be created: " + e.getMessage(), e);
    }
  }

  /**
   * What was noted about the hot tier.
   *
   * @throws KalamException XX001 if the file is missing or damaged
   */
  public DatabaseState state() {
    try {
      return DatabaseState.read(path);
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The state of the database cannot be read: " + e.getMessage(), e);
    }
  }

  /** Puts down what the hot tier will not be older than; on disk on return. */
  public synchronized void note(DatabaseState state) {
    if (closed) {
      throw new IllegalStateException("The directory is closed");
    }
    try {
      state.write(path);
    } catch (IOException e) {
      throw StoreErrors.of("write", DatabaseState.FILE_NAME, e);
    }
  }

  /**
   * Finds out whether the disk takes what is written, by writing a file, syncing and deleting it.
   *
   * @throws KalamException 58030 or 53100 if it does not
   */
  public void probe() {
    Path file = path.resolve(PROBE);
    try {
      DurableFiles.replace(file, new byte[PROBE_BYTES]);
      Disk.of(file).delete(file);
    } catch (IOException e) {
      throw StoreErrors.of("write", PROBE, e);
    }
  }

  /** The directory's real path. */
  public Path path() {
    return path;
  }

  /** Where RocksDB is. */
  public Path hot() {
    return path.resolve(HOT);
  }

  /** Where segments are. */
  public Path cold() {
    return path.resolve(COLD);
  }

  /** Where queries put what does not fit into memory. */
  public Path temp() {
    return path.resolve(TEMP);
  }

  /** Whose the storages are. */
  public StorageOwner owner() {
    return new StorageOwner(path, marker.id());
  }

  public UUID databaseId() {
    return marker.id();
  }

  public Instant created() {
    return marker.created();
  }

  public FormatVersion format() {
    return marker.format();
  }

  /** Releases the lock; idempotent. The caller has closed everything inside before. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      lock.close();
    }
  }
}

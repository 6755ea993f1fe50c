package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Files below one directory of this machine. A path never leads out of it: neither by {@code ..}
 * nor through a symbolic link.
 *
 * <p>Data is read through {@link java.io.RandomAccessFile}, never through a channel: an interrupt
 * of the calling thread closes a channel under everyone who uses it.
 */
public final class LocalFileStore implements FileStore {
  private static final int MOST_ENSURED = 10_000;

  private final Path root;

  /** Directories below the root whose names this store has put on disk. */
  private final Set<Path> ensured = ConcurrentHashMap.newKeySet();

  /** The directory is created if it is not there. */
  public LocalFileStore(Path root) {
    this(root, true);
  }

  private LocalFileStore(Path root, boolean create) {
    try {
      if (create) {
        DurableFiles.createDirectories(root);
      }
      this.root = root.toRealPath();
    } catch (IOException e) {
      throw StoreErrors.of(create ? "create" : "find", root.toString(), e);
    }
  }

  /**
   * The store in a directory that is there.
   *
   * @throws KalamException 58P01 if it is not
   */
  public static LocalFileStore ofExisting(Path root) {
    return new LocalFileStore(root, false);
  }

  /** The real path of the directory. */
  public Path root() {
    return root;
  }

  @Override
  public ReadableFile open(String path) {
    Path file = resolve(path);
    try {
      return new LocalReadableFile(file, path);
    } catch (IOException e) {
      throw StoreErrors.of("open", path, e);
    }
  }

  @Override
  public WritableFile create(String path) {
    Path file = resolve(path);
    try {
      makeDirectory(parent(file));
      return new LocalWritableFile(Disk.of(file).create(file), path);
    } catch (IOException e) {
      throw StoreErrors.of("create", path, e);
    }
  }

  @Override
  public void publish(String from, String to) {
    Path source = resolve(from);
    Path target = resolve(to);
    try {
      ensureDirectory(parent(target));
      DurableFiles.move(source, target);
    } catch (IOException e) {
      throw StoreErrors.of("rename", from, e);
    }
  }

  @Override
  public void publishAll(List<Unnamed> files) {
    SyncThreads.forEach(
        files,
        each -> {
          try (WritableFile file = each.file()) {
            file.sync();
          }
        });
    Set<Path> ensuring = new HashSet<>();
    Set<Path> changed = new LinkedHashSet<>();
    for (Unnamed each : files) {
      Path source = locate(each.from()); // create() followed the links above it
      boolean sameDirectory = parent(source).equals(parent(locate(each.to())));
      Path target = sameDirectory ? locate(each.to()) : resolve(each.to());
      try {
        if (!sameDirectory) {
          makeDirectory(parent(target));
        }
        Disk.of(target).move(source, target);
      } catch (IOException e) {
        throw StoreErrors.of("rename", each.from(), e);
      }
      changed.add(parent(source));
      changed.add(parent(target));
      for (Path directory = parent(target);
          !directory.equals(root) && !ensured.contains(directory) && ensuring.add(directory);
          directory = parent(directory)) {
        changed.add(parent(directory));
      }
    }
    SyncThreads.forEach(
        List.copyOf(changed),
        directory -> {
          try {
            DurableFiles.syncDirectory(directory);
          } catch (IOException e) {
            throw StoreErrors.of("sync", directory.toString(), e);
          }
        });
    ensuring.forEach(this::noteEnsured);
  }

  @Override
  public List<String> list(String directory) {
    Path start = directory.isEmpty() ? root : resolve(directory);
    List<String> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(start)) {
      walk.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .forEach(file -> files.add(nameOf(file)));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (UncheckedIOException e) {
      throw StoreErrors.of("list", directory, new IOException(e));
    } catch (IOException e) {
      throw StoreErrors.of("list", directory, e);
    }
    files.sort(null);
    return files;
  }

  @Override
  public boolean delete(String path) {
    try {
      Path file = resolve(path);
      return Disk.of(file).delete(file);
    } catch (IOException e) {
      throw StoreErrors.of("delete", path, e);
    }
  }

  @Override
  public long size(String path) {
    try {
      return Files.size(resolve(path));
    } catch (NoSuchFileException e) {
      return -1;
    } catch (IOException e) {
      throw StoreErrors.of("read the size of", path, e);
    }
  }

  @Override
  public String location(String path) {
    return resolve(path).toString();
  }

  /** The place of a path, with the promise that it is below the root. */
  Path resolve(String path) {
    Path file = locate(path);
    checkLinks(path, file);
    return file;
  }

  private Path locate(String path) {
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw leaves(path);
      }
    }
    if (path.indexOf('\0') >= 0 || path.indexOf('\\') >= 0 || path.indexOf(':') >= 0) {
      throw leaves(path);
    }
    Path file = root.resolve(path).normalize();
    if (!file.startsWith(root) || file.equals(root)) {
      throw leaves(path);
    }
    return file;
  }

  /** Follows the links of what exists of the path. */
  private void checkLinks(String path, Path file) {
    Path existing = file;
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      existing = parent(existing);
    }
    try {
      if (!existing.toRealPath().startsWith(root)) {
        throw leaves(path);
      }
    } catch (NoSuchFileException e) {
      if (Files.isSymbolicLink(existing)) {
        throw leaves(path);
      }
      // Somebody deleted the file between the two looks; the caller will find that out.
    } catch (IOException e) {
      throw StoreErrors.of("find", path, e);
    }
  }

  private static KalamException leaves(String path) {
    return new KalamException(
        ErrorCode.INVALID_NAME,
        "path \"" + path.replace("\0", "\\0") + "\" leaves the directory of the storage");
  }

  private String nameOf(Path file) {
    return root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("A path without a parent: " + path);
    }
    return parent;
  }

  /**
   * Creates what is missing of a directory and puts its name on disk, also where it is there
   * already: whoever created it may have come no further.
   */
  private void ensureDirectory(Path directory) throws IOException {
    if (directory.equals(root) || ensured.contains(directory)) {
      return;
    }
    Path above = parent(directory);
    ensureDirectory(above);
    Disk.of(directory).createDirectory(directory);
    DurableFiles.syncDirectory(above);
    noteEnsured(directory);
  }

  private void noteEnsured(Path directory) {
    if (ensured.size() >= MOST_ENSURED) {
      ensured.clear();
    }
    ensured.add(directory);
  }

  /** Creates what is missing of a directory; that it is on disk is seen to when it has a file. */
  private void makeDirectory(Path directory) throws IOException {
    if (directory.equals(root) || ensured.contains(directory) || Files.isDirectory(directory)) {
      return;
    }
    makeDirectory(parent(directory));
    Disk.of(directory).createDirectory(directory);
  }
}

package org.kalamdb.test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.file.Disk;
import org.kalamdb.internal.storage.file.Disks;

/**
 * A disk of this machine that knows what was synced, and forgets the rest when the power is cut:
 * bytes of files that were not synced, and names, new, changed or removed, in directories that were
 * not. What other programs and RocksDB wrote it takes for synced. Thread-safe.
 *
 * <p>A file keeps its bytes in memory: for small databases.
 */
public final class ForgetfulDisk implements Disk {
  /** What a power cut leaves of what was not synced. */
  public enum Cut {
    /** Nothing. */
    ALL_LOST,
    /** Each change of a name or not, and of bytes a beginning, of which the end may be others. */
    SOME_LOST
  }

  /** What a name stands for. */
  private static final class Content {
    final boolean directory;
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int synced;

    Content(boolean directory) {
      this.directory = directory;
    }
  }

  private final Disk disk = Disks.local();

  /** Names that changed, as they are; null: removed. */
  private final Map<Path, @Nullable Content> now = new TreeMap<>();

  /** The same names, as a power cut leaves them. */
  private final Map<Path, @Nullable Content> durable = new TreeMap<>();

  /** Bytes and names changed through this disk and not synced since. */
  public synchronized boolean isAllSynced() {
    return now.equals(durable)
        && now.values().stream()
            .filter(Objects::nonNull)
            .allMatch(content -> content.synced == content.bytes.size());
  }

  @Override
  public synchronized NewFile create(Path path) throws IOException {
    Path file = absolute(path);
    remember(file);
    NewFile out = disk.create(file);
    Content content = new Content(false);
    now.put(file, content);
    return new Recorded(out, content);
  }

  private final class Recorded implements NewFile {
    private final NewFile file;
    private final Content content;

    Recorded(NewFile file, Content content) {
      this.file = file;
      this.content = content;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      synchronized (ForgetfulDisk.this) {
        file.write(bytes, offset, length);
        content.bytes.write(bytes, offset, length);
      }
    }

    @Override
    public void sync() {
      // The machine's disk need not sync: no power is cut but here.
      synchronized (ForgetfulDisk.this) {
        content.synced = content.bytes.size();
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Override
  public synchronized void move(Path from, Path to) throws IOException {
    Path source = absolute(from);
    Path target = absolute(to);
    remember(source);
    remember(target);
    disk.move(source, target);
    now.put(target, now.get(source));
    now.put(source, null);
  }

  @Override
  public synchronized boolean delete(Path path) throws IOException {
    Path file = absolute(path);
    remember(file);
    boolean there = disk.delete(file);
    now.put(file, null);
    return there;
  }

  @Override
  public synchronized void createDirectory(Path path) throws IOException {
    Path directory = absolute(path);
    remember(directory);
    disk.createDirectory(directory);
    if (now.get(directory) == null) {
      now.put(directory, new Content(true));
    }
  }

  @Override
  public synchronized void syncDirectory(Path path) {
    Path directory = absolute(path);
    now.forEach(
        (name, content) -> {
          if (directory.equals(name.getParent())) {
            durable.put(name, content);
          }
        });
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /** What a name stood for before it is changed for the first time counts as synced. */
  private void remember(Path path) throws IOException {
    if (now.containsKey(path)) {
      return;
    }
    Content content = null;
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      content = new Content(Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
      if (!content.directory) {
        content.bytes.writeBytes(Files.readAllBytes(path));
        content.synced = content.bytes.size();
      }
    }
    now.put(path, content);
    durable.put(path, content);
  }

  /**
   * Cuts the power: makes the files what they would be after it. Nobody may have them open; what is
   * there then counts as synced.
   */
  public synchronized void cut(Cut cut, long seed) {
    Random random = new Random(seed);
    try {
      // In the order of paths a directory comes before what is in it.
      for (Map.Entry<Path, @Nullable Content> name : now.entrySet()) {
        if (name.getValue() == null && Files.exists(name.getKey(), LinkOption.NOFOLLOW_LINKS)) {
          continue; // others made it anew
        }
        boolean kept = cut == Cut.SOME_LOST && random.nextBoolean();
        Content content = kept ? name.getValue() : durable.get(name.getKey());
        put(name.getKey(), content, cut, random);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    now.clear();
    durable.clear();
  }

  private static void put(Path path, @Nullable Content content, Cut cut, Random random)
      throws IOException {
    if (content == null) {
      deleteTree(path);
    } else if (Files.isDirectory(Objects.requireNonNull(path.getParent()))) {
      if (content.directory) {
        if (!Files.isDirectory(path)) {
          Files.createDirectory(path);
        }
      } else {
        Files.write(path, left(content, cut, random));
      }
    }
  }

  private static byte[] left(Content content, Cut cut, Random random) {
    byte[] all = content.bytes.toByteArray();
    if (cut == Cut.ALL_LOST || all.length == content.synced) {
      return Arrays.copyOf(all, content.synced);
    }
    int length = content.synced + random.nextInt(all.length - content.synced + 1);
    byte[] left = Arrays.copyOf(all, length);
    int whole = content.synced + random.nextInt(length - content.synced + 1);
    Arrays.fill(left, whole, length, (byte) 0); // as of blocks that were never written
    return left;
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
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}

package org.kalamdb.test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.file.Disk;

/**
 * A disk that hands everything to another one and fails when told to. Thread-safe if the other one
 * is.
 *
 * <pre>{@code
 * cranky.fail(3, Effect.TORN); // the third operation from now is done in part, and fails
 * }</pre>
 */
public final class CrankyDisk implements Disk {
  private static final long DELAY_NANOS = 30_000_000;

  /** What the chosen operation does. */
  public enum Effect {
    /** Nothing, and it fails. */
    NOT_DONE,
    /** A write writes half of its bytes and fails; other operations as {@link #DONE}. */
    TORN,
    /** All, and it fails: the caller cannot know. */
    DONE,
    /** It fails, and so does every operation from then on. */
    BROKEN,
    /** All, but late. */
    DELAYED
  }

  private final Disk disk;
  private final List<String> operations = new ArrayList<>();
  private long countdown;
  private @Nullable Effect effect;
  private boolean hit;

  public CrankyDisk(Disk disk) {
    this.disk = disk;
  }

  /** The n-th operation from now, 1 being the next, has this effect. */
  public synchronized void fail(long nth, Effect newEffect) {
    countdown = nth;
    effect = newEffect;
    hit = false;
    operations.clear();
  }

  /** No further failures. */
  public synchronized void heal() {
    effect = null;
  }

  /** Whether the operation that {@link #fail} chose has come. */
  public synchronized boolean isHit() {
    return hit;
  }

  /** What was done since {@link #fail}, the failed operation included. */
  public synchronized List<String> operations() {
    return List.copyOf(operations);
  }

  private synchronized @Nullable Effect next(String operation, Path path) {
    operations.add(operation + " " + path.getFileName());
    Effect planned = effect;
    if (planned == null || --countdown > 0) {
      return null;
    }
    if (hit && planned != Effect.BROKEN) {
      return null;
    }
    hit = true;
    return planned;
  }

  private interface Action {
    void run() throws IOException;
  }

  /** Does the operation, or part of it, or not. */
  private void act(String operation, Path path, Action all, Action part) throws IOException {
    Effect now = next(operation, path);
    if (now == Effect.DELAYED) {
      LockSupport.parkNanos(DELAY_NANOS);
    }
    if (now == Effect.TORN) {
      part.run();
    } else if (now != Effect.NOT_DONE && now != Effect.BROKEN) {
      all.run();
    }
    if (now != null && now != Effect.DELAYED) {
      throw new IOException("Failed on demand: " + operation + " " + path.getFileName());
    }
  }

  private void act(String operation, Path path, Action all) throws IOException {
    act(operation, path, all, all);
  }

  @Override
  public NewFile create(Path file) throws IOException {
    Effect now = next("create", file);
    if (now == null || now == Effect.DELAYED) {
      return new CrankyFile(disk.create(file), file);
    }
    if (now == Effect.DONE || now == Effect.TORN) {
      disk.create(file).close();
    }
    throw new IOException("Failed on demand: create " + file.getFileName());
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    act("move", to, () -> disk.move(from, to));
  }

  @Override
  public boolean delete(Path path) throws IOException {
    boolean[] there = new boolean[1];
    act("delete", path, () -> there[0] = disk.delete(path));
    return there[0];
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    act("createDirectory", directory, () -> disk.createDirectory(directory));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    act("syncDirectory", directory, () -> disk.syncDirectory(directory));
  }

  private final class CrankyFile implements NewFile {
    private final NewFile file;
    private final Path path;

    CrankyFile(NewFile file, Path path) {
      this.file = file;
      this.path = path;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      act(
          "write",
          path,
          () -> file.write(bytes, offset, length),
          () -> file.write(bytes, offset, length / 2));
    }

    @Override
    public void sync() throws IOException {
      act("sync", path, file::sync);
    }

    @Override
    public void close() throws IOException {
      try {
        act("close", path, () -> {});
      } finally {
        file.close();
      }
    }
  }
}

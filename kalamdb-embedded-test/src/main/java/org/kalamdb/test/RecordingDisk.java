package org.kalamdb.test;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kalamdb.internal.storage.file.Disk;

/**
 * A disk that hands everything to another one and keeps a list of the files that were opened to be
 * read. Thread-safe if the other one is.
 */
public final class RecordingDisk implements Disk {
  private final Disk disk;
  private final List<Path> opened = new ArrayList<>();

  public RecordingDisk(Disk disk) {
    this.disk = disk;
  }

  /** The files opened since the last call, in order, a file as often as it was opened. */
  public synchronized List<Path> takeOpened() {
    List<Path> taken = List.copyOf(opened);
    opened.clear();
    return taken;
  }

  @Override
  public RandomAccessFile open(Path file) throws IOException {
    synchronized (this) {
      opened.add(file);
    }
    return disk.open(file);
  }

  @Override
  public NewFile create(Path file) throws IOException {
    return disk.create(file);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    disk.move(from, to);
  }

  @Override
  public boolean delete(Path path) throws IOException {
    return disk.delete(path);
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    disk.createDirectory(directory);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    disk.syncDirectory(directory);
  }
}

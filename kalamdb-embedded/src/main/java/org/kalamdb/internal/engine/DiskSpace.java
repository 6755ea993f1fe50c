package org.kalamdb.internal.engine;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at how much room the disk of a database has, and refuses writes before the hot tier fails
 * for want of it: an error there costs a reopening. The file system is asked at most once a second,
 * or once in so many bytes written, and at each refusal. Thread-safe.
 */
final class DiskSpace {
  private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);
  private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long ASK_BYTES = 1 << 20;

  private final Path directory;
  private final FileStore disk;
  private final long reserve;
  private final Clock clock;
  private final AtomicLong written = new AtomicLong();
  private volatile long usable;
  private volatile long askedNanos;
  private volatile boolean full;
  private volatile Instant changed;

  /**
   * @param reserve bytes that writes leave free
   */
  DiskSpace(Path directory, long reserve, Clock clock) {
    this.directory = directory;
    this.reserve = reserve;
    this.clock = clock;
    this.changed = clock.instant();
    try {
      this.disk = Files.getFileStore(directory);
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The disk of the database cannot be looked at: " + e, e);
    }
    ask();
  }

  /** Whether the room is less than the reserve, as of now. */
  boolean isFull() {
    ask();
    return full;
  }

  /** When it was last found to have become full, or not full. */
  Instant changed() {
    return changed;
  }

  /** What a write is refused with. */
  KalamException refusal() {
    return new KalamException(
            ErrorCode.DISK_FULL,
            "The disk is full: "
                + usable
                + " bytes are free, and "
                + reserve
                + " are kept in reserve for "
                + directory)
        .withHint("Free some space, or open the database with a smaller diskReserveBytes");
  }

  /**
   * Refuses to write so many bytes with 53100 if less than the reserve would be left, or less than
   * half of it when the write goes to free space in the end. Without a reserve nothing is refused.
   */
  void admit(long bytes, boolean freesSpace) {
    if (reserve == 0) {
      return;
    }
    long kept = freesSpace ? reserve / 2 : reserve;
    long since = written.addAndGet(bytes);
    if (since >= ASK_BYTES || System.nanoTime() - askedNanos >= ASK_NANOS || lacks(since, kept)) {
      ask();
      if (lacks(bytes, kept)) {
        throw refusal();
      }
    }
  }

  private boolean lacks(long bytes, long kept) {
    return usable - bytes < kept;
  }

  private void ask() {
    askedNanos = System.nanoTime();
    try {
      written.set(0);
      // A file system that does not know its size does not know its room either.
      usable = disk.getTotalSpace() > 0 ? disk.getUsableSpace() : Long.MAX_VALUE;
    } catch (IOException e) {
      // Not known, so nothing is refused: what fails then fails as any write does.
      LOG.atDebug().setCause(e).log("The free space of the disk cannot be found out");
      usable = Long.MAX_VALUE;
    }
    boolean now = usable < reserve;
    if (now != full) {
      full = now;
      changed = clock.instant();
      LOG.atWarn()
          .addKeyValue("free", usable)
          .addKeyValue("reserve", reserve)
          .log(now ? "The disk is full: writes are refused" : "The disk has room again");
    }
  }
}

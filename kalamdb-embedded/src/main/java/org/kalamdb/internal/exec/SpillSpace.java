package org.kalamdb.internal.exec;

import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.internal.storage.file.FileStore;

/**
 * Where operators put rows that do not fit into a query's memory: files that live as long as the
 * operator that wrote them. Whatever is there when a database is opened was left by a process that
 * died, and is swept. Thread-safe.
 */
public final class SpillSpace {
  private final FileStore files;
  private final AtomicLong numbers = new AtomicLong();

  public SpillSpace(FileStore files) {
    this.files = files;
  }

  /** Deletes every file; to be called before the first query. */
  public void sweep() {
    files.list("").forEach(files::delete);
  }

  /** A new file without rows, which the caller closes. */
  SpillFile create() {
    return new SpillFile(files, "spill-" + numbers.incrementAndGet());
  }
}

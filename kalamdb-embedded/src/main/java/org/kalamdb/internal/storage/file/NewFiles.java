package org.kalamdb.internal.storage.file;

import java.util.ArrayList;
import java.util.List;

/**
 * Files that were written whole and lack being put on disk under their names, which {@link
 * #publish} does for all of them together; {@link #close} removes what has a temporary name still.
 * An open file each, so a few hundred at most. One thread at a time.
 */
public final class NewFiles implements AutoCloseable {
  private final FileStore store;
  private final List<FileStore.Unnamed> files = new ArrayList<>();

  public NewFiles(FileStore store) {
    this.store = store;
  }

  /** Takes over a file that is complete and called {@code temporary}. */
  public void add(WritableFile file, String temporary, String name) {
    files.add(new FileStore.Unnamed(file, temporary, name));
  }

  public int size() {
    return files.size();
  }

  /**
   * On return all are on disk under their names, and no longer in here.
   *
   * @throws org.kalamdb.error.KalamException as {@link FileStore#publishAll}
   */
  public void publish() {
    store.publishAll(files);
    files.clear();
  }

  @Override
  public void close() {
    RuntimeException first = null;
    for (FileStore.Unnamed each : files) {
      try {
        each.file().close();
        store.delete(each.from());
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    files.clear();
    if (first != null) {
      throw first;
    }
  }
}

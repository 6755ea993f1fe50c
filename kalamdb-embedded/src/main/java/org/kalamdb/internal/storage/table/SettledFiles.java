package org.kalamdb.internal.storage.table;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * Whether opening a database has to look at every file of the cold tier. It does so if there are
 * few, and if there may be something to do: after a crash, or when files could not be deleted or a
 * move was not done. Otherwise closing leaves a note with the newest commit, and the next opening
 * leaves it to whoever reads a segment to find that its file is missing or cut off.
 */
public final class SettledFiles {
  /** Looking at so many takes well below a second. */
  private static final int FEW = 1_000;

  private static final byte[] KEY = "cold_files".getBytes(StandardCharsets.US_ASCII);

  private SettledFiles() {}

  /**
   * Whether a database that was closed in order may be opened without the look.
   *
   * @param newest the newest commit
   */
  public static boolean areNoted(KeyValueStore store, long newest) {
    return Arrays.equals(store.get(KeyFamily.META, KEY, null), value(newest)) && !areFew(store);
  }

  /**
   * Leaves the note, or takes an old one away; nothing may be committed any more.
   *
   * @param settled whether there is nothing to do for an opening
   */
  public static void note(KeyValueStore store, long newest, boolean settled) {
    byte[] before = store.get(KeyFamily.META, KEY, null);
    KvWriteBatch batch = new KvWriteBatch();
    if (settled && !areFew(store)) {
      if (Arrays.equals(before, value(newest))) {
        return;
      }
      batch.put(KeyFamily.META, KEY, value(newest));
    } else if (before == null) {
      return;
    } else {
      batch.delete(KeyFamily.META, KEY);
    }
    store.write(batch, true);
  }

  private static byte[] value(long newest) {
    return ByteBuffer.allocate(Long.BYTES).putLong(newest).array();
  }

  private static boolean areFew(KeyValueStore store) {
    try (KvIterator segments = store.iterator(KeyFamily.MANIFEST, new byte[0], null, false, null)) {
      for (int i = 0; i <= FEW; i++) {
        if (!segments.next()) {
          return true;
        }
      }
    }
    return false;
  }
}

package org.kalamdb.internal.txn;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.Hints;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.row.RowDigest;

/**
 * Compares the hot rows that are there with the count and digest of what was committed: the store's
 * own checks do not see rows that went with a whole file.
 */
public final class HotVerification {
  private HotVerification() {}

  /**
   * Reads all hot rows.
   *
   * @return how many there are
   * @throws KalamException XX001 naming the table whose rows are not those that were committed
   */
  public static long verify(KeyValueStore store, HotCounters counters, CatalogSnapshot catalog) {
    TreeMap<Integer, HotCounters.Content> found = scan(store);
    Set<Integer> numbers = new TreeSet<>(counters.tables());
    numbers.addAll(found.keySet());
    long rows = 0;
    for (int number : numbers) {
      HotCounters.Content content = found.getOrDefault(number, HotCounters.Content.NONE);
      check(number, catalog, content, counters.content(number));
      rows += content.rows();
    }
    return rows;
  }

  /** Counts the rows that are there, and puts the counters into the batch. */
  public static HotCounters recount(KeyValueStore store, KvWriteBatch batch) {
    return HotCounters.of(scan(store), batch);
  }

  private static void check(
      int number,
      CatalogSnapshot catalog,
      HotCounters.Content found,
      HotCounters.Content committed) {
    TableDefinition table = catalog.table(number);
    if (table == null) {
      throw damaged("rows of a table are there that is not: number " + number);
    }
    if (!found.equals(committed)) {
      throw damaged(
          "table "
              + table.id()
              + " has "
              + found.rows()
              + " hot rows where "
              + committed.rows()
              + (found.rows() == committed.rows() ? " others" : "")
              + " were committed");
    }
  }

  private static TreeMap<Integer, HotCounters.Content> scan(KeyValueStore store) {
    TreeMap<Integer, HotCounters.Content> found = new TreeMap<>();
    int table = 0;
    long rows = 0;
    long digest = 0;
    try (KvIterator iterator = store.iterator(KeyFamily.ROWS, new byte[0], null, false, null)) {
      while (iterator.next()) {
        byte[] key = iterator.viewKey();
        int of = ByteBuffer.wrap(key).getInt();
        if (of != table) {
          note(found, table, rows, digest);
          table = of;
          rows = 0;
          digest = 0;
        }
        rows++;
        digest += RowDigest.of(key, iterator.keyLength(), RowCodec.seq(iterator.viewValue()));
      }
    }
    note(found, table, rows, digest);
    return found;
  }

  private static void note(
      TreeMap<Integer, HotCounters.Content> found, int table, long rows, long digest) {
    if (rows > 0) {
      found.put(table, new HotCounters.Content(rows, digest));
    }
  }

  private static KalamException damaged(String flaw) {
    return new KalamException(ErrorCode.DATA_CORRUPTED, "The hot tier is damaged: " + flaw)
        .withHint(Hints.DAMAGED);
  }
}

package org.kalamdb.internal.flush;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.LongStream;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.row.RowCodec;

/** A look at a table's hot rows before some of them are flushed: how many there are of which. */
final class HotLook {
  private static final int MAX_SAMPLES = 1 << 20;

  private final KeyValueStore store;
  private final KvSnapshot snapshot;
  private final byte[] from;
  private final byte[] to;

  HotLook(KeyValueStore store, KvSnapshot snapshot, TableDefinition table) {
    this.store = store;
    this.snapshot = snapshot;
    this.from = RowKeys.tablePrefix(table.number());
    this.to = Objects.requireNonNull(RowKeys.prefixEnd(from), "table numbers are below 2^31");
  }

  /** Whether a partition has so many rows of commits up to one. */
  boolean hasRows(ByteRange partition, long least, long maxSeq) {
    long found = 0;
    try (KvIterator rows =
        store.iterator(KeyFamily.ROWS, partition.from(), partition.to(), false, snapshot)) {
      while (found < least && rows.next()) {
        if (RowCodec.seq(rows.viewValue()) <= maxSeq) {
          found++;
        }
      }
    }
    return found >= least;
  }

  /**
   * The newest commit whose rows may go if so many of the table's rows are to stay; from a sample
   * if there are more than a million.
   *
   * @param hotRows about how many rows there are
   */
  long newestToGo(long keepRows, long hotRows) {
    int step = (int) Math.max(1, (hotRows + MAX_SAMPLES - 1) / MAX_SAMPLES);
    LongStream.Builder sample = LongStream.builder();
    long count = 0;
    try (KvIterator rows = store.iterator(KeyFamily.ROWS, from, to, false, snapshot)) {
      while (rows.next()) {
        if (count++ % step == 0) {
          sample.add(RowCodec.seq(rows.viewValue()));
        }
      }
    }
    long[] seqs = sample.build().sorted().toArray();
    long going = (count - keepRows) / step;
    return going <= 0 ? 0 : seqs[(int) Math.min(going, seqs.length) - 1];
  }

  /** With how many rows a partition is among the largest, which together have so many. */
  long sizeOfLargest(long rowsTogether) {
    LongStream.Builder all = LongStream.builder();
    try (KvIterator rows = store.iterator(KeyFamily.ROWS, from, to, false, snapshot)) {
      byte[] partition = null;
      long size = 0;
      while (rows.next()) {
        if (partition == null || !startsWith(rows, partition)) {
          all.add(size);
          size = 0;
          partition =
              RowKeys.partitionPrefix(
                  RowKeys.tableOf(rows.viewKey()),
                  RowKeys.userOf(rows.viewKey(), rows.keyLength()));
        }
        size++;
      }
      all.add(size);
    }
    long[] sizes = all.build().sorted().toArray();
    long sum = 0;
    int i = sizes.length;
    while (i > 0 && sum < rowsTogether) {
      sum += sizes[--i];
    }
    return Math.max(1, i == sizes.length ? 1 : sizes[i]);
  }

  private static boolean startsWith(KvIterator rows, byte[] prefix) {
    return rows.keyLength() >= prefix.length
        && Arrays.equals(rows.viewKey(), 0, prefix.length, prefix, 0, prefix.length);
  }
}

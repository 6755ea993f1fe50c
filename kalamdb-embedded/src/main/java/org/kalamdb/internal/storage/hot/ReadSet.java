package org.kalamdb.internal.storage.hot;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.kv.KeyFamily;

/**
 * What a SERIALIZABLE transaction has looked at: ranges of keys, whether there was something in
 * them or not, so that a row that comes into one later is seen as well as one that changes.
 * Bounded: past a number of ranges neighbours become one, which may refuse a commit too much and
 * never one too little. Thread-safe.
 */
public final class ReadSet {
  private static final int MAX_RANGES = 1 << 16;

  /** Disjoint ranges by their first key; a null value has no end. */
  private final Map<KeyFamily, NavigableMap<byte[], byte @Nullable []>> ranges =
      new EnumMap<>(KeyFamily.class);

  private final Map<Integer, TableDefinition> tables = new HashMap<>();

  /** Notes that a table was read, as it is defined. */
  public synchronized void add(TableDefinition table) {
    tables.put(table.number(), table);
  }

  /** Notes that one key was looked up. */
  public void add(KeyFamily family, byte[] key) {
    add(family, new ByteRange(key, Arrays.copyOf(key, key.length + 1)));
  }

  /** Notes that everything in a range was or could have been read. */
  public synchronized void add(KeyFamily family, ByteRange range) {
    if (range.isEmpty()) {
      return;
    }
    NavigableMap<byte[], byte @Nullable []> of =
        ranges.computeIfAbsent(family, f -> new TreeMap<>(Arrays::compareUnsigned));
    put(of, range.from(), range.to());
    if (of.size() > MAX_RANGES) {
      mergeNeighbours(of);
    }
  }

  private static void put(
      NavigableMap<byte[], byte @Nullable []> of, byte[] from, byte @Nullable [] to) {
    byte[] start = from;
    byte @Nullable [] end = to;
    Map.Entry<byte[], byte @Nullable []> before = of.floorEntry(from);
    if (before != null && reaches(before.getValue(), from)) {
      start = before.getKey();
      end = later(before.getValue(), end);
    }
    Map.Entry<byte[], byte @Nullable []> next = of.ceilingEntry(start);
    while (next != null && reaches(end, next.getKey())) {
      end = later(next.getValue(), end);
      of.remove(next.getKey());
      next = of.ceilingEntry(start);
    }
    of.put(start, end);
  }

  private static boolean reaches(byte @Nullable [] end, byte[] key) {
    return end == null || Arrays.compareUnsigned(end, key) >= 0;
  }

  private static byte @Nullable [] later(byte @Nullable [] a, byte @Nullable [] b) {
    return a == null || b == null ? null : Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  private static void mergeNeighbours(NavigableMap<byte[], byte @Nullable []> of) {
    NavigableMap<byte[], byte @Nullable []> merged = new TreeMap<>(Arrays::compareUnsigned);
    byte @Nullable [] start = null;
    for (Map.Entry<byte[], byte @Nullable []> entry : of.entrySet()) {
      if (start == null) {
        start = entry.getKey();
        merged.put(start, entry.getValue());
      } else {
        merged.put(start, entry.getValue());
        start = null;
      }
    }
    of.clear();
    of.putAll(merged);
  }

  /** Whether the key is in what was read. */
  public synchronized boolean covers(KeyFamily family, byte[] key) {
    NavigableMap<byte[], byte @Nullable []> of = ranges.get(family);
    if (of == null) {
      return false;
    }
    Map.Entry<byte[], byte @Nullable []> at = of.floorEntry(key);
    byte[] end = at == null ? null : at.getValue();
    return at != null && (end == null || Arrays.compareUnsigned(key, end) < 0);
  }

  /** The tables that were read, as they were. */
  public synchronized Iterable<TableDefinition> tables() {
    return java.util.List.copyOf(tables.values());
  }
}

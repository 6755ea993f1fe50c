package org.kalamdb.internal.live.incremental;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.schema.DataType;

/**
 * Pairs of rows, or left rows by whether they have a partner. Keeps both sides, found by the join's
 * keys; a changed row meets the rows of the other side that have its key, and no others. Changes of
 * the left side meet the right one as it was, those of the right side the left one as it is.
 */
final class JoinedRows extends IncrementalOperator {
  private final JoinType type;
  private final Side left;
  private final Side right;
  private final @Nullable RowExpressions residual;

  /** A row of one side. */
  private static final class Entry {
    private final Object key;
    private final @Nullable Object[] row;

    /** How many partners a left row has; not counted where a bucket's size says it. */
    private int partners;

    private Entry(Object key, @Nullable Object[] row) {
      this.key = key;
      this.row = row;
    }
  }

  /** Key of a pair; of a left row without partner if {@code right} is null. */
  private record PairKey(@Nullable Object left, @Nullable Object right) {}

  /** One side: its rows by their values of the join's keys. */
  private static final class Side {
    private final IncrementalOperator input;
    private final RowExpressions keys;
    private final int width;
    private final Map<Object, Map<Object, Entry>> buckets = new HashMap<>();
    private long rows;

    private Side(IncrementalOperator input, RowExpressions keys, int width) {
      this.input = input;
      this.keys = keys;
      this.width = width;
    }

    /** Where the row belongs; null if it can have no partner. */
    private @Nullable Object bucketOf(@Nullable Object[] row) {
      @Nullable Object[] values = keys.evaluate(row);
      for (Object value : values) {
        if (value == null) {
          return null;
        }
      }
      return ValueKeys.of(values, keys.types());
    }

    private Map<Object, Entry> find(@Nullable Object bucket) {
      Map<Object, Entry> found = bucket == null ? null : buckets.get(bucket);
      return found == null ? Map.of() : found;
    }

    private void put(Object bucket, Entry entry) {
      buckets.computeIfAbsent(bucket, b -> new LinkedHashMap<>(2)).put(entry.key, entry);
      rows++;
    }

    private Entry take(Object bucket, Object key) {
      Map<Object, Entry> entries = buckets.get(bucket);
      Entry taken = entries == null ? null : entries.remove(key);
      if (entries == null || taken == null) {
        throw new IllegalStateException("A row of a join goes that was never there");
      }
      if (entries.isEmpty()) {
        buckets.remove(bucket);
      }
      rows--;
      return taken;
    }

    private void clear() {
      buckets.clear();
      rows = 0;
    }
  }

  /**
   * A join of type INNER, LEFT, FULL, SEMI, ANTI or EXISTS.
   *
   * @param types of the right side's columns
   */
  JoinedRows(
      JoinType type,
      IncrementalOperator leftInput,
      RowExpressions leftKeys,
      int leftWidth,
      IncrementalOperator rightInput,
      RowExpressions rightKeys,
      List<DataType> types,
      @Nullable RowExpressions residual) {
    this.type = type;
    this.left = new Side(leftInput, leftKeys, leftWidth);
    this.right = new Side(rightInput, rightKeys, types.size());
    this.residual = residual;
  }

  static boolean supports(JoinType type) {
    return switch (type) {
      case INNER, LEFT, SEMI, ANTI, EXISTS -> true;
      case RIGHT, FULL, MARK, SINGLE -> false;
    };
  }

  @Override
  List<KeyedChange> advance() {
    List<KeyedChange> leftChanges = left.input.advance();
    List<KeyedChange> rightChanges = right.input.advance();
    if (leftChanges.isEmpty() && rightChanges.isEmpty()) {
      return List.of();
    }
    NetChanges net = new NetChanges();
    for (KeyedChange change : leftChanges) {
      if (change.oldRow() != null) {
        leaveLeft(change.key(), change.oldRow(), net);
      }
      if (change.newRow() != null) {
        enterLeft(change.key(), change.newRow(), net);
      }
    }
    for (KeyedChange change : rightChanges) {
      if (change.oldRow() != null) {
        leaveRight(change.key(), change.oldRow(), net);
      }
      if (change.newRow() != null) {
        enterRight(change.key(), change.newRow(), net);
      }
    }
    return net.toList();
  }

  // Left rows without a bucket are kept nowhere: they have no partner and never will.

  private void enterLeft(Object key, @Nullable Object[] row, NetChanges net) {
    Object bucket = left.bucketOf(row);
    Entry entry = new Entry(key, row);
    for (Entry partner : right.find(bucket).values()) {
      if (isPair(entry, partner)) {
        entry.partners++;
        if (type.showsRight()) {
          addPair(entry, partner, net);
        } else if (residual == null) {
          break;
        }
      }
    }
    if (bucket != null) {
      left.put(bucket, entry);
    }
    showAlone(entry, partnersOf(entry, bucket), net);
  }

  private void leaveLeft(Object key, @Nullable Object[] row, NetChanges net) {
    Object bucket = left.bucketOf(row);
    Entry entry = bucket == null ? new Entry(key, row) : left.take(bucket, key);
    int partners = partnersOf(entry, bucket);
    if (type.showsRight()) {
      for (Entry partner : right.find(bucket).values()) {
        if (isPair(entry, partner)) {
          removePair(entry, partner, net);
        }
      }
    }
    hideAlone(entry, partners, net);
  }

  private void enterRight(Object key, @Nullable Object[] row, NetChanges net) {
    Object bucket = right.bucketOf(row);
    if (bucket == null) {
      return;
    }
    Entry entry = new Entry(key, row);
    boolean first = right.find(bucket).isEmpty();
    if (type.showsRight() || residual != null || first) {
      for (Entry partner : left.find(bucket).values()) {
        if (isPair(partner, entry)) {
          int before = partnersOf(partner, bucket);
          partner.partners++;
          if (before == 0) {
            hideAlone(partner, 0, net);
          }
          if (type.showsRight()) {
            addPair(partner, entry, net);
          } else if (before == 0) {
            showAlone(partner, 1, net);
          }
        }
      }
    }
    right.put(bucket, entry);
  }

  private void leaveRight(Object key, @Nullable Object[] row, NetChanges net) {
    Object bucket = right.bucketOf(row);
    if (bucket == null) {
      return;
    }
    Entry entry = right.take(bucket, key);
    boolean last = right.find(bucket).isEmpty();
    if (type.showsRight() || residual != null || last) {
      for (Entry partner : left.find(bucket).values()) {
        if (isPair(partner, entry)) {
          partner.partners--;
          int after = partnersOf(partner, bucket);
          if (type.showsRight()) {
            removePair(partner, entry, net);
          } else if (after == 0) {
            hideAlone(partner, 1, net);
          }
          if (after == 0) {
            showAlone(partner, 0, net);
          }
        }
      }
    }
  }

  /** Without a residual every row of the right side's bucket is a partner. */
  private int partnersOf(Entry entry, @Nullable Object bucket) {
    return residual == null ? right.find(bucket).size() : entry.partners;
  }

  private boolean isPair(Entry leftEntry, Entry rightEntry) {
    return residual == null || residual.isTrue(0, pair(leftEntry.row, rightEntry.row));
  }

  private void addPair(Entry leftEntry, Entry rightEntry, NetChanges net) {
    spend(NetChanges.BYTES + (long) VALUE_BYTES * (left.width + right.width));
    net.add(new PairKey(leftEntry.key, rightEntry.key), pair(leftEntry.row, rightEntry.row), false);
  }

  private void removePair(Entry leftEntry, Entry rightEntry, NetChanges net) {
    net.remove(
        new PairKey(leftEntry.key, rightEntry.key), pair(leftEntry.row, rightEntry.row), false);
  }

  /** A left row that comes into the output by itself, if it does with so many partners. */
  private void showAlone(Entry entry, int partners, NetChanges net) {
    @Nullable Object[] row = alone(entry, partners);
    if (row != null) {
      net.add(new PairKey(entry.key, null), row, false);
    }
  }

  private void hideAlone(Entry entry, int partners, NetChanges net) {
    @Nullable Object[] row = alone(entry, partners);
    if (row != null) {
      net.remove(new PairKey(entry.key, null), row, false);
    }
  }

  /** How a left row with so many partners is seen beside its pairs; null if it is not. */
  private @Nullable Object @Nullable [] alone(Entry entry, int partners) {
    return switch (type) {
      case LEFT -> partners == 0 ? pair(entry.row, new Object[right.width]) : null;
      case SEMI -> partners > 0 ? entry.row : null;
      case ANTI -> partners == 0 ? entry.row : null;
      case EXISTS -> pair(entry.row, new Object[] {partners > 0});
      default -> null;
    };
  }

  private static @Nullable Object[] pair(@Nullable Object[] a, @Nullable Object[] b) {
    @Nullable Object[] both = new Object[a.length + b.length];
    System.arraycopy(a, 0, both, 0, a.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @Override
  List<IncrementalOperator> inputs() {
    return List.of(left.input, right.input);
  }

  @Override
  String label() {
    return type.label()
        + " join on "
        + left.keys
        + " = "
        + right.keys
        + (residual == null ? "" : " and " + residual);
  }

  @Override
  String kept() {
    return left.rows + " left and " + right.rows + " right rows";
  }

  @Override
  long stateBytes() {
    return bytesOf(left) + bytesOf(right);
  }

  private static long bytesOf(Side side) {
    return side.rows * (3L * ENTRY_BYTES + ROW_BYTES + (long) VALUE_BYTES * side.width)
        + side.buckets.size() * 2L * ENTRY_BYTES;
  }

  @Override
  void clear() {
    left.clear();
    right.clear();
  }

  @Override
  public void close() {
    left.keys.close();
    right.keys.close();
    if (residual != null) {
      residual.close();
    }
  }
}

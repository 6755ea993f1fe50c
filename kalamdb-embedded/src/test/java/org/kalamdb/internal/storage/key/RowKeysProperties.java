package org.kalamdb.internal.storage.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.common.TypedValues;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.KeyRange.Bound;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

class RowKeysProperties {
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          List.of(
              new ColumnSchema(1, "text", DataType.TEXT, false, null, null),
              new ColumnSchema(2, "other", DataType.JSON, true, null, null),
              new ColumnSchema(3, "number", DataType.INTEGER, false, null, null)),
          List.of(2, 0));
  private static final TableDefinition USER_TABLE = table(7, TableType.USER);
  private static final TableDefinition SHARED_TABLE = table(7, TableType.SHARED);

  private static TableDefinition table(int number, TableType type) {
    return new TableDefinition(
        number, TableId.of("n", "t"), type, List.of(SCHEMA), TableOptions.DEFAULTS);
  }

  @Provide
  Arbitrary<UserId> users() {
    return Arbitraries.oneOf(
            Arbitraries.of(
                "../x",
                "..",
                "a/b",
                "a",
                "A",
                "\0",
                "\0\0",
                "a\0",
                "x".repeat(256),
                "\u00e9".repeat(128),
                "%2e",
                " ",
                "\uffff"),
            Arbitraries.strings().ofMinLength(1).ofMaxLength(5).filter(RowKeysProperties::isUserId))
        .map(UserId::new);
  }

  private static boolean isUserId(String value) {
    try {
      return new UserId(value).value().equals(value);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Object[] row(int number, Object text) {
    return new Object[] {text, "ignored", number};
  }

  @Property(tries = 500)
  void rowKey_anyUsers_partitionsNeverMeet(
      @ForAll("users") UserId a, @ForAll("users") UserId b, @ForAll int number) {
    byte[] key = RowKeys.rowKey(USER_TABLE, a, row(number, "t"));
    assertThat(RowKeys.userOf(key)).isEqualTo(a);
    assertThat(RowKeys.tableOf(key)).isEqualTo(7);
    assertThat(RowKeys.primaryKeyOf(SCHEMA, key, key.length)).containsExactly(number, "t");
    ByteRange other = RowKeys.prefixRange(RowKeys.partitionPrefix(7, b));
    assertThat(other.contains(key)).isEqualTo(a.equals(b));
    assertThat(RowKeys.prefixRange(RowKeys.partitionPrefix(7, null)).contains(key)).isFalse();
    assertThat(RowKeys.prefixRange(RowKeys.tablePrefix(7)).contains(key)).isTrue();
    assertThat(RowKeys.prefixRange(RowKeys.tablePrefix(8)).contains(key)).isFalse();
  }

  @Property(tries = 1000)
  void keyRange_anyBounds_containsExactlyMatchingRows(
      @ForAll @IntRange(min = -2, max = 2) int prefix,
      @ForAll boolean lowerInclusive,
      @ForAll boolean upperInclusive,
      @ForAll @IntRange(max = 3) int shape,
      @ForAll Random random) {
    Object low = TypedValues.random(DataType.TEXT, random);
    Object high = TypedValues.random(DataType.TEXT, random);
    Bound lower = (shape & 1) != 0 ? new Bound(low, lowerInclusive) : null;
    Bound upper = (shape & 2) != 0 ? new Bound(high, upperInclusive) : null;
    ByteRange range =
        RowKeys.keyRange(SHARED_TABLE, null, new KeyRange(List.of(prefix), lower, upper));
    for (int i = 0; i < 20; i++) {
      int number = random.nextInt(5) - 2;
      Object text = TypedValues.random(DataType.TEXT, random);
      int toLow = lower == null ? 1 : TypedValues.compare(text, low);
      int toHigh = upper == null ? -1 : TypedValues.compare(text, high);
      boolean expected =
          number == prefix
              && (toLow > 0 || (toLow == 0 && lowerInclusive))
              && (toHigh < 0 || (toHigh == 0 && upperInclusive));
      byte[] key = RowKeys.rowKey(SHARED_TABLE, null, row(number, text));
      assertThat(range.contains(key)).isEqualTo(expected);
      assertThat(range.isEmpty() && expected).isFalse();
    }
  }

  @Example
  void keyRange_boundOnFirstColumn_skipsOrKeepsAllKeysWithThatValue() {
    byte[] key = RowKeys.rowKey(SHARED_TABLE, null, row(5, "zzz"));
    assertThat(first(new Bound(5, true), null).contains(key)).isTrue();
    assertThat(first(new Bound(5, false), null).contains(key)).isFalse();
    assertThat(first(null, new Bound(5, true)).contains(key)).isTrue();
    assertThat(first(null, new Bound(5, false)).contains(key)).isFalse();
    assertThat(first(new Bound(Integer.MAX_VALUE, false), null).isEmpty()).isTrue();
    assertThat(RowKeys.keyRange(SHARED_TABLE, null, KeyRange.ALL))
        .isEqualTo(RowKeys.prefixRange(RowKeys.partitionPrefix(7, null)));
  }

  private static ByteRange first(Bound lower, Bound upper) {
    return RowKeys.keyRange(SHARED_TABLE, null, new KeyRange(List.of(), lower, upper));
  }

  @Example
  void prefixEnd_trailingOnes_areDropped() {
    assertThat(RowKeys.prefixEnd(new byte[] {1, -1, -1})).containsExactly(2);
    assertThat(RowKeys.prefixEnd(new byte[] {1, 2})).containsExactly(1, 3);
    assertThat(RowKeys.prefixEnd(new byte[] {-1, -1})).isNull();
    assertThat(RowKeys.prefixEnd(new byte[0])).isNull();
  }

  @Example
  void rowKey_missingKeyValueOrWrongUser_isRefused() {
    assertThatThrownBy(() -> RowKeys.rowKey(SHARED_TABLE, null, new Object[] {null, null, 1}))
        .isInstanceOfSatisfying(
            KalamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_NULL_VIOLATION));
    assertThatThrownBy(() -> RowKeys.rowKey(USER_TABLE, null, row(1, "a")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RowKeys.rowKey(SHARED_TABLE, new UserId("u"), row(1, "a")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void userOf_damagedKey_isDataCorrupted() {
    byte[] key = RowKeys.rowKey(USER_TABLE, new UserId("somebody"), row(1, "a"));
    for (int length = 0; length < 14; length++) {
      byte[] cut = Arrays.copyOf(key, length);
      assertThatThrownBy(() -> RowKeys.userOf(cut))
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED));
    }
  }
}

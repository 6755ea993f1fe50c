package org.kalamdb.internal.storage.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.TypedValues;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

class KeyEncoderProperties {
  @Provide
  Arbitrary<DataType> keyTypes() {
    return Arbitraries.of(TypedValues.COLUMN_TYPES.stream().filter(KeyEncoder::isKeyType).toList());
  }

  private static byte[] encode(DataType type, Object value) {
    return new KeyEncoder(1).add(type, value).toBytes();
  }

  @Property(tries = 2000)
  void encode_twoValues_ordersLikeValues(@ForAll("keyTypes") DataType type, @ForAll Random random) {
    Object a = TypedValues.random(type, random);
    Object b = TypedValues.random(type, random);
    assertThat(Integer.signum(Arrays.compareUnsigned(encode(type, a), encode(type, b))))
        .as("%s: %s and %s", type, a, b)
        .isEqualTo(Integer.signum(TypedValues.compare(a, b)));
  }

  @Example
  void encode_extremes_ordersLikeValues() {
    for (DataType type : keyTypes().allValues().orElseThrow().toList()) {
      for (Object a : TypedValues.extremes(type)) {
        for (Object b : TypedValues.extremes(type)) {
          assertThat(Integer.signum(Arrays.compareUnsigned(encode(type, a), encode(type, b))))
              .as("%s: %s and %s", type, a, b)
              .isEqualTo(Integer.signum(TypedValues.compare(a, b)));
        }
      }
    }
  }

  @Property(tries = 1000)
  void encode_severalColumns_ordersByColumnAndDecodesBack(
      @ForAll("keyTypes") DataType first,
      @ForAll("keyTypes") DataType second,
      @ForAll Random random) {
    List<Object> a = List.of(TypedValues.random(first, random), TypedValues.random(second, random));
    List<Object> b = List.of(TypedValues.random(first, random), TypedValues.random(second, random));
    byte[] keyA = new KeyEncoder().add(first, a.get(0)).add(second, a.get(1)).toBytes();
    byte[] keyB = new KeyEncoder().add(first, b.get(0)).add(second, b.get(1)).toBytes();
    int order = TypedValues.compare(a.get(0), b.get(0));
    order = order != 0 ? order : TypedValues.compare(a.get(1), b.get(1));
    assertThat(Integer.signum(Arrays.compareUnsigned(keyA, keyB))).isEqualTo(Integer.signum(order));
    KeyDecoder decoder = new KeyDecoder(keyA, 0, keyA.length);
    assertThat(decoder.next(first)).isEqualTo(a.get(0));
    assertThat(decoder.next(second)).isEqualTo(a.get(1));
    assertThat(decoder.hasNext()).isFalse();
  }

  @Property(tries = 1000)
  void encode_differentValues_neitherBeginsTheOther(
      @ForAll("keyTypes") DataType type, @ForAll Random random) {
    byte[] a = encode(type, TypedValues.random(type, random));
    byte[] b = encode(type, TypedValues.random(type, random));
    if (!Arrays.equals(a, b)) {
      int common = Arrays.mismatch(a, b);
      assertThat(common).isLessThan(Math.min(a.length, b.length));
    }
  }

  @Property(tries = 1000)
  void decode_damagedKey_givesValueOrDataCorrupted(
      @ForAll("keyTypes") DataType type, @ForAll Random random) {
    byte[] key = encode(type, TypedValues.random(type, random));
    byte[] damaged = Arrays.copyOf(key, random.nextInt(key.length + 1));
    if (damaged.length > 0) {
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
    }
    try {
      assertThat(new KeyDecoder(damaged, 0, damaged.length).next(type))
          .isInstanceOf(type.kind().javaType());
    } catch (KalamException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED);
    }
  }

  @Example
  void encode_minusZeroAndNaN_areZeroAndOneNaN() {
    assertThat(encode(DataType.DOUBLE, -0.0)).isEqualTo(encode(DataType.DOUBLE, 0.0));
    assertThat(encode(DataType.REAL, -0.0f)).isEqualTo(encode(DataType.REAL, 0.0f));
    double oddNaN = Double.longBitsToDouble(0xFFF0000000000001L);
    assertThat(encode(DataType.DOUBLE, oddNaN)).isEqualTo(encode(DataType.DOUBLE, Double.NaN));
  }

  @Example
  void encodeNullable_nullAndValues_nullIsLast() {
    List<byte[]> keys = new ArrayList<>();
    for (Object value : new Object[] {Integer.MIN_VALUE, 0, Integer.MAX_VALUE, null}) {
      keys.add(new KeyEncoder().addNullable(DataType.INTEGER, value).toBytes());
    }
    assertThat(keys).isSortedAccordingTo(Arrays::compareUnsigned);
    assertThat(new KeyDecoder(keys.get(3), 0, 1).nextNullable(DataType.INTEGER)).isNull();
    assertThat(new KeyDecoder(keys.get(1), 0, 5).nextNullable(DataType.INTEGER)).isEqualTo(0);
  }

  @Property(tries = 1000)
  void encode_intervals_orderByTheirLengthAndAreNoPrimaryKey(@ForAll Random random) {
    Interval a = (Interval) TypedValues.random(DataType.INTERVAL, random);
    Interval b =
        random.nextBoolean()
            ? (Interval) TypedValues.random(DataType.INTERVAL, random)
            : new Interval(0, a.days(), a.micros() + random.nextInt(3) - 1);
    Interval sameLength = new Interval(random.nextInt(100), 0, random.nextInt());
    byte[] days =
        encode(DataType.INTERVAL, new Interval(0, 30 * sameLength.months(), sameLength.micros()));
    assertThat(encode(DataType.INTERVAL, sameLength)).isEqualTo(days);
    assertThat(
            Integer.signum(
                Arrays.compareUnsigned(encode(DataType.INTERVAL, a), encode(DataType.INTERVAL, b))))
        .as("%s and %s", a, b)
        .isEqualTo(length(a).compareTo(length(b)));
    assertThatThrownBy(() -> KeyEncoder.checkKeyType(DataType.INTERVAL))
        .isInstanceOf(KalamException.class);
  }

  private static BigInteger length(Interval interval) {
    return BigInteger.valueOf(interval.months() * 30L + interval.days())
        .multiply(BigInteger.valueOf(86_400_000_000L))
        .add(BigInteger.valueOf(interval.micros()));
  }

  @Example
  void encode_typesThatAreNoKeys_areRefused() {
    for (DataType type : TypedValues.COLUMN_TYPES) {
      if (!KeyEncoder.isKeyType(type) && type.kind() != DataType.Kind.INTERVAL) {
        assertThatThrownBy(() -> encode(type, TypedValues.extremes(type).get(0)))
            .isInstanceOfSatisfying(
                KalamException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.FEATURE_NOT_SUPPORTED))
            .hasMessageContaining(type.toString());
      }
    }
  }

  @Example
  void encode_textWithNulOrLoneSurrogate_isRefused() {
    for (String text : List.of("a\0b", "\ud800", "x\udc00", "\ud800a")) {
      assertThatThrownBy(() -> encode(DataType.TEXT, text))
          .isInstanceOfSatisfying(
              KalamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.CHARACTER_NOT_IN_REPERTOIRE));
    }
  }
}

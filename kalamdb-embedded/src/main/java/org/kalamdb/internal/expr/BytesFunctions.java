package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.TextFunctions.number;
import static org.kalamdb.internal.expr.TextFunctions.string;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Functions of BYTES: lengths, pieces, single bytes and bits, digests, encodings. */
final class BytesFunctions {
  private BytesFunctions() {}

  static void register(Registrar r) {
    for (String name : List.of("length", "octet_length")) {
      r.kernel(name, DataType.INTEGER, TextFunctions::octetCounts, Kind.BYTES);
    }
    r.kernel("bit_length", DataType.INTEGER, TextFunctions::bitCounts, Kind.BYTES);
    pieces(r);
    singles(r);
    digests(r);
    r.value(
        "encode",
        DataType.TEXT,
        (a, c) -> BytesEncodings.encode(bytes(a[0]), string(a[1])),
        Kind.BYTES,
        Kind.TEXT);
    r.value(
        "decode",
        DataType.BYTES,
        (a, c) -> BytesEncodings.decode(string(a[0]), string(a[1])),
        Kind.TEXT,
        Kind.TEXT);
    r.value(
        "convert_from",
        DataType.TEXT,
        (a, c) -> text(bytes(a[0]), string(a[1])),
        Kind.BYTES,
        Kind.TEXT);
    r.value(
        "convert_to",
        DataType.BYTES,
        (a, c) -> {
          checkEncoding(string(a[1]), "destination");
          return Utf8.encode(string(a[0]));
        },
        Kind.TEXT,
        Kind.TEXT);
  }

  static byte[] bytes(@Nullable Object value) {
    return (byte[]) Objects.requireNonNull(value);
  }

  private static void pieces(Registrar r) {
    for (String name : List.of("substring", "substr")) {
      r.kernel(name, DataType.BYTES, BytesFunctions::substrings, Kind.BYTES, Kind.INTEGER);
      r.kernel(
          name, DataType.BYTES, BytesFunctions::substrings, Kind.BYTES, Kind.INTEGER, Kind.INTEGER);
    }
    r.kernel("position", DataType.INTEGER, BytesFunctions::positions, Kind.BYTES, Kind.BYTES);
    r.value(
        "overlay",
        DataType.BYTES,
        (a, c) -> overlay(a, bytes(a[1]).length),
        Kind.BYTES,
        Kind.BYTES,
        Kind.INTEGER);
    r.value(
        "overlay",
        DataType.BYTES,
        (a, c) -> overlay(a, number(a[3])),
        Kind.BYTES,
        Kind.BYTES,
        Kind.INTEGER,
        Kind.INTEGER);
    trimming(r, "trim", true, true);
    trimming(r, "btrim", true, true);
    trimming(r, "ltrim", true, false);
    trimming(r, "rtrim", false, true);
  }

  private static void substrings(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int size = in[0].valueLength(row);
      long start = in[1].getInt(row) - 1L;
      long end = size;
      if (in.length == 3) {
        if (in[2].getInt(row) < 0) {
          throw negativeLength();
        }
        end = Math.min(size, start + in[2].getInt(row));
      }
      long from = Math.min(size, Math.max(0, start));
      out.putBytes(row, in[0].valueAddress(row) + from, (int) Math.max(0, end - from));
    }
  }

  private static KalamException negativeLength() {
    return new KalamException(ErrorCode.SUBSTRING_ERROR, "negative substring length not allowed");
  }

  private static void positions(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setInt(
          row,
          1
              + Utf8Values.indexOf(
                  in[0].valueAddress(row),
                  in[0].valueLength(row),
                  in[1].valueAddress(row),
                  in[1].valueLength(row)));
    }
  }

  private static byte[] overlay(@Nullable Object[] a, long length) {
    byte[] bytes = bytes(a[0]);
    byte[] part = bytes(a[1]);
    int start = number(a[2]);
    if (start <= 0) {
      throw negativeLength();
    }
    int before = Math.min(bytes.length, start - 1);
    int after = (int) Math.max(0, Math.min(bytes.length, start - 1 + length));
    return ByteBuffer.allocate(before + part.length + bytes.length - after)
        .put(bytes, 0, before)
        .put(part)
        .put(bytes, after, bytes.length - after)
        .array();
  }

  private static void trimming(Registrar r, String name, boolean start, boolean end) {
    r.value(
        name,
        DataType.BYTES,
        (a, c) -> trim(bytes(a[0]), bytes(a[1]), start, end),
        Kind.BYTES,
        Kind.BYTES);
  }

  private static byte[] trim(byte[] bytes, byte[] set, boolean start, boolean end) {
    int from = 0;
    int to = bytes.length;
    while (start && from < to && contains(set, bytes[from])) {
      from++;
    }
    while (end && to > from && contains(set, bytes[to - 1])) {
      to--;
    }
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static boolean contains(byte[] set, byte wanted) {
    for (byte b : set) {
      if (b == wanted) {
        return true;
      }
    }
    return false;
  }

  private static void singles(Registrar r) {
    r.value(
        "get_byte",
        DataType.INTEGER,
        (a, c) -> bytes(a[0])[index(number(a[1]), bytes(a[0]).length)] & 0xff,
        Kind.BYTES,
        Kind.INTEGER);
    r.value(
        "set_byte",
        DataType.BYTES,
        (a, c) -> {
          byte[] bytes = bytes(a[0]);
          bytes[index(number(a[1]), bytes.length)] = (byte) number(a[2]);
          return bytes;
        },
        Kind.BYTES,
        Kind.INTEGER,
        Kind.INTEGER);
    r.value(
        "get_bit",
        DataType.INTEGER,
        (a, c) -> {
          long bit = (Long) Objects.requireNonNull(a[1]);
          byte[] bytes = bytes(a[0]);
          return bytes[index(bit, bytes.length * 8L) / 8] >> (bit % 8) & 1;
        },
        Kind.BYTES,
        Kind.BIGINT);
    r.value(
        "set_bit",
        DataType.BYTES,
        (a, c) -> setBit(bytes(a[0]), (Long) Objects.requireNonNull(a[1]), number(a[2])),
        Kind.BYTES,
        Kind.BIGINT,
        Kind.INTEGER);
    r.value(
        "bit_count",
        DataType.BIGINT,
        (a, c) -> {
          long count = 0;
          for (byte b : bytes(a[0])) {
            count += Integer.bitCount(b & 0xff);
          }
          return count;
        },
        Kind.BYTES);
  }

  private static int index(long index, long size) {
    if (index < 0 || index >= size) {
      throw new KalamException(
          ErrorCode.ARRAY_SUBSCRIPT_ERROR,
          "index " + index + " out of valid range, 0.." + (size - 1));
    }
    return (int) index;
  }

  private static byte[] setBit(byte[] bytes, long bit, int value) {
    int index = index(bit, bytes.length * 8L) / 8;
    if (value != 0 && value != 1) {
      throw new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
    }
    int mask = 1 << (bit % 8);
    bytes[index] = (byte) (value == 1 ? bytes[index] | mask : bytes[index] & ~mask);
    return bytes;
  }

  private static void digests(Registrar r) {
    r.value(
        "md5",
        DataType.TEXT,
        (a, c) -> HexFormat.of().formatHex(digest("MD5", TextFunctions.utf8(string(a[0])))),
        Kind.TEXT);
    r.value(
        "md5",
        DataType.TEXT,
        (a, c) -> HexFormat.of().formatHex(digest("MD5", bytes(a[0]))),
        Kind.BYTES);
    for (String bits : List.of("224", "256", "384", "512")) {
      r.value(
          "sha" + bits, DataType.BYTES, (a, c) -> digest("SHA-" + bits, bytes(a[0])), Kind.BYTES);
    }
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, algorithm + " is not available in this Java", e);
    }
  }

  private static void checkEncoding(String name, String which) {
    String plain = name.replace("-", "").replace("_", "");
    if (!plain.equalsIgnoreCase("utf8") && !plain.equalsIgnoreCase("unicode")) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "invalid " + which + " encoding name \"" + name + "\"");
    }
  }

  private static String text(byte[] bytes, String encoding) {
    checkEncoding(encoding, "source");
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new KalamException(
          ErrorCode.CHARACTER_NOT_IN_REPERTOIRE, "invalid byte sequence for encoding \"UTF8\"", e);
    }
  }
}

package org.kalamdb.internal.expr;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Functions of BYTES: lengths, encodings, digests. */
final class BytesFunctions {
  private static final int BASE64_LINE = 76;

  private BytesFunctions() {}

  static void register(Registrar r) {
    for (String name : List.of("length", "octet_length")) {
      r.kernel(name, DataType.INTEGER, TextFunctions::octetCounts, Kind.BYTES);
    }
    r.value(
        "encode",
        DataType.TEXT,
        (a, c) -> encode(bytes(a[0]), TextFunctions.string(a[1])),
        Kind.BYTES,
        Kind.TEXT);
    r.value(
        "decode",
        DataType.BYTES,
        (a, c) -> decode(TextFunctions.string(a[0]), TextFunctions.string(a[1])),
        Kind.TEXT,
        Kind.TEXT);
    r.value(
        "md5",
        DataType.TEXT,
        (a, c) -> hex(digest("MD5", TextFunctions.utf8(TextFunctions.string(a[0])))),
        Kind.TEXT);
    r.value("md5", DataType.TEXT, (a, c) -> hex(digest("MD5", bytes(a[0]))), Kind.BYTES);
    r.value("sha256", DataType.BYTES, (a, c) -> digest("SHA-256", bytes(a[0])), Kind.BYTES);
    r.value(
        "convert_from",
        DataType.TEXT,
        (a, c) -> new String(bytes(a[0]), utf8Only(TextFunctions.string(a[1]))),
        Kind.BYTES,
        Kind.TEXT);
    r.value(
        "convert_to",
        DataType.BYTES,
        (a, c) -> TextFunctions.string(a[0]).getBytes(utf8Only(TextFunctions.string(a[1]))),
        Kind.TEXT,
        Kind.TEXT);
  }

  private static byte[] bytes(@Nullable Object value) {
    return (byte[]) Objects.requireNonNull(value);
  }

  private static Charset utf8Only(String name) {
    if (!name.replace("-", "").equalsIgnoreCase("utf8")) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE, "invalid encoding name \"" + name + "\"");
    }
    return StandardCharsets.UTF_8;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, algorithm + " is not available in this Java", e);
    }
  }

  private static String encode(byte[] bytes, String format) {
    return switch (format.toLowerCase(Locale.ROOT)) {
      case "hex" -> hex(bytes);
      case "base64" -> Base64.getMimeEncoder(BASE64_LINE, new byte[] {'\n'}).encodeToString(bytes);
      case "escape" -> escape(bytes);
      default -> throw unknownFormat(format);
    };
  }

  private static String escape(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      if (b == '\\') {
        text.append("\\\\");
      } else if (b <= 0) {
        int value = b & 0xff;
        text.append('\\').append(value >> 6).append(value >> 3 & 7).append(value & 7);
      } else {
        text.append((char) b);
      }
    }
    return text.toString();
  }

  private static byte[] decode(String text, String format) {
    try {
      return switch (format.toLowerCase(Locale.ROOT)) {
        case "hex" -> HexFormat.of().parseHex(text.replaceAll("\\s", ""));
        case "base64" -> Base64.getDecoder().decode(text.replaceAll("\\s", ""));
        case "escape" -> TextFormats.parseBytes(text);
        default -> throw unknownFormat(format);
      };
    } catch (IllegalArgumentException e) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "invalid " + format.toLowerCase(Locale.ROOT) + " data",
          e);
    }
  }

  private static KalamException unknownFormat(String format) {
    return new KalamException(
        ErrorCode.INVALID_PARAMETER_VALUE, "unrecognized encoding: \"" + format + "\"");
  }
}

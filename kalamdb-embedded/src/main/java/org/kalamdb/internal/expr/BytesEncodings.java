package org.kalamdb.internal.expr;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** The text forms of encode and decode: hex, base64 in lines of 76, and escape. */
final class BytesEncodings {
  private static final int BASE64_LINE = 76;

  private BytesEncodings() {}

  static String encode(byte[] bytes, String format) {
    return switch (format.toLowerCase(Locale.ROOT)) {
      case "hex" -> HexFormat.of().formatHex(bytes);
      case "base64" -> Base64.getMimeEncoder(BASE64_LINE, new byte[] {'\n'}).encodeToString(bytes);
      case "escape" -> escape(bytes);
      default -> throw unknown(format);
    };
  }

  static byte[] decode(String text, String format) {
    return switch (format.toLowerCase(Locale.ROOT)) {
      case "hex" -> hex(text);
      case "base64" -> base64(text);
      case "escape" -> TextFormats.parseEscaped(text);
      default -> throw unknown(format);
    };
  }

  private static KalamException unknown(String format) {
    return invalid("unrecognized encoding: \"" + format + "\"");
  }

  private static KalamException invalid(String message) {
    return new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, message);
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

  /** Pairs of digits, with blanks between the pairs. */
  static byte[] hex(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() / 2);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        continue;
      }
      int high = digit(text, i);
      i++;
      if (i == text.length()) {
        throw invalid("invalid hexadecimal data: odd number of digits");
      }
      bytes.write(high << 4 | digit(text, i));
    }
    return bytes.toByteArray();
  }

  private static int digit(String text, int at) {
    int c = text.codePointAt(at);
    int digit = c < 128 ? Character.digit(c, 16) : -1;
    if (digit < 0) {
      throw invalid("invalid hexadecimal digit: \"" + Character.toString(c) + "\"");
    }
    return digit;
  }

  private static byte[] base64(String text) {
    for (int i = 0; i < text.length(); i++) {
      int c = text.codePointAt(i);
      boolean known =
          c < 128
              && (Character.isLetterOrDigit(c)
                  || "+/=".indexOf(c) >= 0
                  || Character.isWhitespace(c));
      if (!known) {
        throw invalid(
            "invalid symbol \""
                + Character.toString(c)
                + "\" found while decoding base64 sequence");
      }
    }
    try {
      String compact = text.replaceAll("\\s", "");
      if (compact.length() % 4 != 0) {
        throw invalid("invalid base64 end sequence");
      }
      return Base64.getDecoder().decode(compact);
    } catch (IllegalArgumentException e) {
      throw new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "invalid base64 end sequence", e);
    }
  }
}

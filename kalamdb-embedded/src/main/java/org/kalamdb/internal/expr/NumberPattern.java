package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;

/**
 * Templates of to_char and to_number for numbers: {@code 9 0 . , D G S MI PL SG PR RN TH V EEEE L
 * FM B} and text in double quotes.
 */
final class NumberPattern {
  /** One element of the template: a keyword, or text as it stands. */
  private record Part(String keyword, String text) {}

  private final List<Part> parts = new ArrayList<>();
  private boolean fill = true;
  private boolean scientific;
  private boolean roman;
  private boolean blankZero;
  private int before;
  private int after;
  private int shift;
  private int firstZero = -1;

  /** Digits after the point up to the last that is written as 0. */
  private int zerosWanted;

  private boolean point;
  private boolean signed;
  private boolean brackets;

  NumberPattern(String template) {
    int at = 0;
    while (at < template.length()) {
      at = read(template, at);
    }
  }

  private static final List<String> KEYWORDS =
      List.of(
          "EEEE", "FM", "MI", "PL", "SG", "PR", "RN", "TH", "th", "rn", ",", ".", "0", "9", "B",
          "C", "D", "G", "L", "S", "V");

  private int read(String template, int at) {
    if (template.charAt(at) == '"') {
      int end = template.indexOf('"', at + 1);
      int to = end < 0 ? template.length() : end;
      parts.add(new Part("", template.substring(at + 1, to)));
      return Math.min(to + 1, template.length());
    }
    for (String keyword : KEYWORDS) {
      if (template.regionMatches(
          !keyword.equalsIgnoreCase("th") && !keyword.equalsIgnoreCase("rn"),
          at,
          keyword,
          0,
          keyword.length())) {
        note(keyword);
        return at + keyword.length();
      }
    }
    int c = template.codePointAt(at);
    parts.add(new Part("", Character.toString(c)));
    return at + Character.charCount(c);
  }

  private void note(String keyword) {
    switch (keyword) {
      case "FM" -> {
        fill = false;
        return;
      }
      case "B" -> {
        blankZero = true;
        return;
      }
      case "EEEE" -> scientific = true;
      case "RN", "rn" -> roman = true;
      case "9", "0" -> {
        if (point) {
          after++;
          zerosWanted = keyword.equals("0") ? after : zerosWanted;
        } else if (shift >= 0 && has("V")) {
          shift++;
        } else {
          before++;
        }
        if (keyword.equals("0") && !point && firstZero < 0) {
          firstZero = before + shift - 1;
        }
      }
      case ".", "D" -> {
        if (point) {
          throw invalid("multiple decimal points");
        }
        point = true;
      }
      case "S", "SG" -> signed = true;
      case "PR" -> brackets = true;
      default -> {}
    }
    parts.add(new Part(keyword, ""));
  }

  private boolean has(String keyword) {
    return parts.stream().anyMatch(part -> part.keyword().equals(keyword));
  }

  private static KalamException invalid(String message) {
    return new KalamException(ErrorCode.SYNTAX_ERROR, message);
  }

  String format(BigDecimal value) {
    if (roman) {
      return roman(value);
    }
    if (scientific) {
      return scientific(value);
    }
    BigDecimal scaled = value.movePointRight(shift).setScale(after, RoundingMode.HALF_UP);
    String digits = scaled.abs().toPlainString();
    String whole = digits.contains(".") ? digits.substring(0, digits.indexOf('.')) : digits;
    String fraction = digits.contains(".") ? digits.substring(digits.indexOf('.') + 1) : "";
    int places = before + shift;
    if (whole.equals("0") && (places == 0 || after > 0 || firstZero < 0 && places == 0)) {
      whole = "";
    }
    boolean overflow = whole.length() > places;
    boolean negative = scaled.signum() < 0;
    if (blankZero && scaled.signum() == 0) {
      return fill ? " ".repeat(places + (point ? 1 + after : 0) + 1) : "";
    }
    return lay(whole, fraction, places, overflow, negative);
  }

  /** The digits put into the places of the template. */
  private String lay(
      String whole, String fraction, int places, boolean overflow, boolean negative) {
    int lead = places - whole.length();
    int start = firstZero >= 0 ? Math.min(firstZero, Math.max(lead, 0)) : Math.max(lead, 0);
    boolean signElsewhere = signed || brackets || has("MI") || has("PL");
    String sign = signElsewhere ? "" : negative ? "-" : fill ? " " : "";
    boolean anchored = signed && !has("SG") && signFirst();
    if (anchored) {
      sign = negative ? "-" : "+";
    }
    if (brackets) {
      sign = negative ? "<" : fill ? " " : "";
    }
    StringBuilder out = new StringBuilder();
    int place = 0;
    int decimal = 0;
    boolean inFraction = false;
    boolean signWritten = sign.isEmpty();
    int lastSignificant =
        fill ? fraction.length() : Math.max(lastSignificant(fraction), zerosWanted);
    for (Part part : parts) {
      switch (part.keyword()) {
        case "9", "0" -> {
          if (inFraction) {
            if (overflow) {
              out.append('#');
            } else if (decimal < lastSignificant) {
              out.append(fraction.charAt(decimal));
            }
            decimal++;
          } else {
            if (place >= start && !signWritten) {
              out.append(sign);
              signWritten = true;
            }
            if (overflow) {
              out.append('#');
            } else if (place >= lead) {
              out.append(whole.charAt(place - lead));
            } else if (place >= start) {
              out.append('0');
            } else if (fill) {
              out.append(' ');
            }
            place++;
          }
        }
        case ",", "G" -> {
          if (place > start || overflow) {
            out.append(',');
          } else if (fill) {
            out.append(' ');
          }
        }
        case ".", "D" -> {
          if (!signWritten) {
            out.append(sign);
            signWritten = true;
          }
          inFraction = true;
          out.append('.');
        }
        case "S" -> {
          if (!anchored) {
            out.append(negative ? '-' : '+');
          }
        }
        case "SG" -> out.append(negative ? '-' : '+');
        case "MI" -> out.append(negative ? "-" : fill ? " " : "");
        case "PL" -> out.append(negative ? (fill ? " " : "") : "+");
        case "TH", "th" -> {
          if (!negative && after == 0) {
            out.append(ordinal(whole, part.keyword().equals("TH")));
          }
        }
        case "L" -> out.append(fill ? " " : "");
        case "PR", "V", "C" -> {}
        default -> out.append(part.text());
      }
    }
    if (!signWritten) {
      out.append(sign);
    }
    if (brackets) {
      out.append(negative ? ">" : fill ? " " : "");
    }
    return out.toString();
  }

  private boolean signFirst() {
    for (Part part : parts) {
      if (part.keyword().equals("S")) {
        return true;
      }
      if (part.keyword().equals("9") || part.keyword().equals("0")) {
        return false;
      }
    }
    return false;
  }

  private static int lastSignificant(String fraction) {
    int end = fraction.length();
    while (end > 0 && fraction.charAt(end - 1) == '0') {
      end--;
    }
    return end;
  }

  static String ordinal(String digits, boolean upper) {
    String text = digits.isEmpty() ? "0" : digits;
    char last = text.charAt(text.length() - 1);
    boolean teen = text.length() > 1 && text.charAt(text.length() - 2) == '1';
    String suffix =
        teen ? "th" : last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
    return upper ? suffix.toUpperCase(Locale.ROOT) : suffix;
  }

  private String scientific(BigDecimal value) {
    int exponent = value.signum() == 0 ? 0 : value.precision() - value.scale() - 1;
    BigDecimal mantissa = value.movePointLeft(exponent).setScale(after, RoundingMode.HALF_UP);
    if (mantissa.abs().compareTo(BigDecimal.TEN) >= 0) {
      mantissa = mantissa.movePointLeft(1).setScale(after, RoundingMode.HALF_UP);
      exponent++;
    }
    String sign = value.signum() < 0 ? "" : fill ? " " : "";
    return sign
        + mantissa.toPlainString()
        + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private String roman(BigDecimal value) {
    int number =
        value.abs().compareTo(BigDecimal.valueOf(100_000)) > 0
            ? 0
            : value.setScale(0, RoundingMode.HALF_UP).intValue();
    String text = number < 1 || number > 3999 ? "#".repeat(15) : romanDigits(number);
    boolean lower = has("rn");
    String cased = lower ? text.toLowerCase(Locale.ROOT) : text;
    return fill ? " ".repeat(15 - cased.length()) + cased : cased;
  }

  static String romanDigits(int number) {
    int[] values = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    String[] signs = {"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"};
    StringBuilder out = new StringBuilder();
    int rest = number;
    for (int i = 0; i < values.length; i++) {
      while (rest >= values[i]) {
        out.append(signs[i]);
        rest -= values[i];
      }
    }
    return out.toString();
  }

  /** Digits after the point. */
  int scale() {
    return Math.min(after, DataType.MAX_DECIMAL_PRECISION);
  }

  /**
   * to_number: the digits of the text, with what the template says is none of the number left out.
   */
  BigDecimal parse(String text) {
    if (roman || scientific) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          roman ? "\"RN\" not supported for input" : "\"EEEE\" not supported for input");
    }
    StringBuilder digits = new StringBuilder();
    boolean negative = false;
    boolean pointSeen = false;
    int places = before + shift + after;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        if (places-- > 0) {
          digits.append(c);
        }
      } else if (c == '.' && point && !pointSeen) {
        pointSeen = true;
        digits.append('.');
      } else if (c == '.' && !point) {
        break;
      } else if (c == '-' || c == '<') {
        negative = true;
      }
    }
    if (digits.length() == 0 || digits.toString().equals(".")) {
      throw TextFormats.invalid("numeric", text);
    }
    BigDecimal value = new BigDecimal(digits.toString()).movePointLeft(shift);
    int scale = Math.max(after, Math.max(0, value.scale()));
    BigDecimal scaled =
        value.setScale(Math.min(scale, DataType.MAX_DECIMAL_PRECISION), RoundingMode.HALF_UP);
    return negative ? scaled.negate() : scaled;
  }
}

package org.kalamdb.internal.catalog;

import java.util.Set;
import java.util.regex.Pattern;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** The one validator of namespace, table and column names, and the reserved names in one place. */
public final class NameRules {
  /** The most characters of a name. */
  public static final int MAX_LENGTH = 64;

  private static final Pattern ALLOWED = Pattern.compile("[\\p{L}][\\p{L}\\p{Nd}_]*");
  private static final Set<String> RESERVED_NAMESPACES =
      Set.of(
          "system",
          "sys",
          "root",
          "kalamdb",
          "kalam",
          "main",
          "sql",
          "admin",
          "internal",
          "information_schema",
          "pg_catalog");

  private NameRules() {}

  /** Refuses a name that a new namespace must not have. */
  public static String checkNamespace(String name) {
    check("namespace", name);
    if (RESERVED_NAMESPACES.contains(name)) {
      throw new KalamException(
          ErrorCode.RESERVED_NAME, "The namespace name \"" + name + "\" is reserved");
    }
    return name;
  }

  public static String checkTable(String name) {
    return check("table", name);
  }

  /** Names that begin with an underscore belong to system columns and are refused with the rest. */
  public static String checkColumn(String name) {
    return check("column", name);
  }

  public static String checkConstraint(String name) {
    return check("constraint", name);
  }

  private static String check(String what, String name) {
    if (name.isEmpty()) {
      throw new KalamException(ErrorCode.INVALID_NAME, "The " + what + " name is empty");
    }
    if (name.codePointCount(0, name.length()) > MAX_LENGTH) {
      throw new KalamException(
          ErrorCode.NAME_TOO_LONG,
          "The "
              + what
              + " name \""
              + name.substring(0, 20)
              + "...\" has more than "
              + MAX_LENGTH
              + " characters");
    }
    if (name.charAt(0) == '_') {
      throw new KalamException(
          ErrorCode.RESERVED_NAME,
          "The "
              + what
              + " name \""
              + name
              + "\" is reserved: names do not begin with an underscore");
    }
    if (!ALLOWED.matcher(name).matches()) {
      throw new KalamException(
          ErrorCode.INVALID_NAME,
          "The "
              + what
              + " name \""
              + printable(name)
              + "\" is not valid: letters, digits and underscores, not beginning with a digit");
    }
    return name;
  }

  private static String printable(String name) {
    StringBuilder text = new StringBuilder();
    name.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                text.append(String.format("\\u%04x", c));
              } else {
                text.appendCodePoint(c);
              }
            });
    return text.toString();
  }
}

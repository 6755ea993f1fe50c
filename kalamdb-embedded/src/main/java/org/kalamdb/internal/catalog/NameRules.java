package org.kalamdb.internal.catalog;

import java.util.Set;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableSchema;

/** The one validator of namespace, table and column names, and the reserved names in one place. */
public final class NameRules {
  /** The most characters of a name. */
  public static final int MAX_LENGTH = 64;

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

  /** What scans and segments call columns of their own. */
  private static final Set<String> SYSTEM_COLUMNS =
      Set.of("_seq", "_deleted", "_segment", "_segment_row", TableSchema.HIDDEN_KEY);

  private static final String TEMPORARY = "pg_temp_";

  private NameRules() {}

  /** The namespace of the temporary tables of a session. */
  public static NamespaceId temporary(long session) {
    return new NamespaceId(TEMPORARY + session);
  }

  /** Whether the namespace holds what is temporary. */
  public static boolean isTemporary(NamespaceId namespace) {
    return namespace.name().startsWith(TEMPORARY);
  }

  /** Refuses a name that a new namespace must not have. */
  public static String checkNamespace(String name) {
    check("namespace", name);
    if (RESERVED_NAMESPACES.contains(name) || name.startsWith("pg_")) {
      throw new KalamException(
          ErrorCode.RESERVED_NAME, "The namespace name \"" + name + "\" is reserved");
    }
    return name;
  }

  public static String checkTable(String name) {
    return check("table", name);
  }

  /** Names of system columns are refused. */
  public static String checkColumn(String name) {
    check("column", name);
    if (SYSTEM_COLUMNS.contains(name)) {
      throw new KalamException(
          ErrorCode.RESERVED_NAME,
          "The column name \"" + name + "\" is reserved: every table has a column of that name");
    }
    return name;
  }

  public static String checkStorage(String name) {
    return check("storage", name);
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
    if (!name.codePoints().allMatch(NameRules::isAllowed)) {
      throw new KalamException(
          ErrorCode.INVALID_NAME,
          "The "
              + what
              + " name \""
              + printable(name)
              + "\" is not valid: control characters and halves of characters are not allowed");
    }
    return name;
  }

  /** Keys and paths take any other character: they encode what is not plain. */
  private static boolean isAllowed(int c) {
    return !Character.isISOControl(c) && Character.getType(c) != Character.SURROGATE;
  }

  private static String printable(String name) {
    StringBuilder text = new StringBuilder();
    name.codePoints()
        .forEach(
            c -> {
              if (!isAllowed(c)) {
                text.append(String.format("\\u%04x", c));
              } else {
                text.appendCodePoint(c);
              }
            });
    return text.toString();
  }
}

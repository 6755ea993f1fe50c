package org.kalamdb.internal.storage.file;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/**
 * The directory of each partition, compiled once from a text such as {@value #DEFAULT_USER}. A
 * variable fills a whole part of the path, so that encoded values never run into each other.
 */
public final class PathTemplate {
  /** Where partitions of user tables lie unless the storage says otherwise. */
  public static final String DEFAULT_USER = "{namespace}/users/{tableName}/{shard}/{userId}";

  /** Where shared tables lie unless the storage says otherwise. */
  public static final String DEFAULT_SHARED = "{namespace}/shared/{tableName}";

  private static final int MAX_CHARS = 512;

  /** Variables in the order in which a template must name them. */
  private enum Variable {
    NAMESPACE("{namespace}"),
    TABLE_NAME("{tableName}"),
    SHARD("{shard}"),
    USER_ID("{userId}");

    private final String text;

    Variable(String text) {
      this.text = text;
    }
  }

  /** A part of the path: a variable, or a literal where there is none. */
  private record Part(@Nullable Variable variable, String literal) {}

  private final String text;
  private final List<Part> parts;
  private final boolean perUser;

  private PathTemplate(String text, List<Part> parts, boolean perUser) {
    this.text = text;
    this.parts = List.copyOf(parts);
    this.perUser = perUser;
  }

  /** Compiles a template of user tables: namespace, table and user must be in it. */
  public static PathTemplate ofUserTables(String text) {
    return compile(text, true);
  }

  /** Compiles a template of shared tables: namespace and table must be in it, a user must not. */
  public static PathTemplate ofSharedTables(String text) {
    return compile(text, false);
  }

  private static PathTemplate compile(String text, boolean perUser) {
    if (text.length() > MAX_CHARS) {
      throw refused(
          text.substring(0, 40) + "...", "it is longer than " + MAX_CHARS + " characters");
    }
    List<Part> parts = new ArrayList<>();
    Set<Variable> seen = EnumSet.noneOf(Variable.class);
    int last = -1;
    int at = 1;
    for (String part : text.split("/", -1)) {
      if (part.indexOf('{') < 0 && part.indexOf('}') < 0) {
        parts.add(new Part(null, checkLiteral(text, part, at)));
      } else {
        Variable variable = variableOf(text, part, at);
        if (!seen.add(variable)) {
          throw refused(text, variable.text + " stands in it twice", at);
        }
        if (variable.ordinal() < last) {
          throw refused(text, variable.text + " stands after a narrower variable", at);
        }
        last = variable.ordinal();
        parts.add(new Part(variable, ""));
      }
      at += part.length() + 1;
    }
    require(text, seen, Variable.NAMESPACE, true);
    require(text, seen, Variable.TABLE_NAME, true);
    require(text, seen, Variable.USER_ID, perUser);
    if (!perUser) {
      require(text, seen, Variable.SHARD, false);
    }
    return new PathTemplate(text, parts, perUser);
  }

  private static String checkLiteral(String text, String part, int at) {
    if (!part.matches("[a-z0-9_-]+") || !PathEncoding.encode(part).equals(part)) {
      throw refused(
          text, "\"" + part + "\" is no directory name of lower-case letters, digits, _ and -", at);
    }
    return part;
  }

  private static Variable variableOf(String text, String part, int at) {
    for (Variable variable : Variable.values()) {
      if (variable.text.equals(part)) {
        return variable;
      }
    }
    throw refused(
        text,
        "\""
            + part
            + "\" is not one of {namespace}, {tableName}, {shard}, {userId} alone between"
            + " slashes",
        at);
  }

  private static void require(String text, Set<Variable> seen, Variable variable, boolean wanted) {
    if (seen.contains(variable) != wanted) {
      throw refused(text, variable.text + (wanted ? " is missing" : " is for user tables only"));
    }
  }

  private static KalamException refused(String text, String reason, int at) {
    return refused(text, reason + " (at its character " + at + ")");
  }

  private static KalamException refused(String text, String reason) {
    return new KalamException(
        ErrorCode.INVALID_PARAMETER_VALUE,
        "path template \"" + text.replace("\0", "\\0") + "\" cannot be used: " + reason);
  }

  /**
   * Whether a partition of one template may have the directory of a partition of the other: they
   * have as many parts, and nowhere two literals that differ. A long name of several directories
   * counts as the one part that it is.
   */
  public boolean mayMeet(PathTemplate other) {
    if (parts.size() != other.parts.size()) {
      return false;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (!mayBeSame(parts.get(i), other.parts.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean mayBeSame(Part a, Part b) {
    if (a.variable() == null && b.variable() == null) {
      return a.literal().equals(b.literal());
    }
    boolean shard = a.variable() == Variable.SHARD || b.variable() == Variable.SHARD;
    String literal = a.variable() == null ? a.literal() : b.variable() == null ? b.literal() : "";
    return !shard || literal.isEmpty() || literal.matches("[0-9a-f]{2}");
  }

  /** The directory of a partition; the user is null exactly for a shared table. */
  public String directoryOf(TableId table, @Nullable UserId user) {
    if (perUser == (user == null)) {
      throw new IllegalArgumentException("Not a template for this kind of table: " + text);
    }
    StringBuilder path = new StringBuilder();
    for (Part part : parts) {
      if (path.length() > 0) {
        path.append('/');
      }
      path.append(part.variable() == null ? part.literal() : render(part.variable(), table, user));
    }
    return path.toString();
  }

  private static String render(Variable variable, TableId table, @Nullable UserId user) {
    return switch (variable) {
      case NAMESPACE -> PathEncoding.encode(table.namespace().name());
      case TABLE_NAME -> PathEncoding.encode(table.name());
      case SHARD -> user == null ? "" : shardOf(user);
      case USER_ID -> user == null ? "" : PathEncoding.encode(user.value());
    };
  }

  /**
   * Two hexadecimal digits out of the id's FNV-1a hash: they spread the directories of many users
   * over 256 and are part of the on-disk format.
   */
  static String shardOf(UserId user) {
    int hash = 0x811C9DC5;
    for (byte b : user.value().getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x01000193;
    }
    hash ^= hash >>> 16;
    hash ^= hash >>> 8;
    return String.format(Locale.ROOT, "%02x", hash & 0xFF);
  }

  @Override
  public String toString() {
    return text;
  }
}

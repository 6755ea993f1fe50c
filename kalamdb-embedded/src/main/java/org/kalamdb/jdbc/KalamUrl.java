package org.kalamdb.jdbc;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.schema.UserId;

/**
 * Where a connection goes, read from {@code jdbc:kalamdb:<path>[?key=value&...]} or {@code
 * jdbc:kalamdb:mem:<name>[?...]} and connection properties. Path, name and values are
 * percent-decoded as UTF-8; {@code +} stands for itself.
 *
 * <p>Reading is strict, because a URL may come from a configuration that others can write to: no
 * other keys, none twice, no other schemes, no {@code ;options}. Whatever is wrong is 08001 before
 * anything is opened or created.
 *
 * @param inMemory true for {@code mem:}
 * @param location the path, or the name of the database in memory
 * @param user whose partition to work in; null for a session of the application itself
 * @param namespace the namespace to start in; null for the session's own
 * @param durability what the connection's commits survive; null: what the database's options say
 * @param isolation of the connection at first, as {@link Connection} numbers levels
 * @param readOnly whether the connection begins as a read-only one
 */
record KalamUrl(
    boolean inMemory,
    String location,
    @Nullable String user,
    @Nullable String namespace,
    @Nullable Durability durability,
    int isolation,
    boolean readOnly) {
  static final String PREFIX = "jdbc:kalamdb:";
  static final String USER = "user";
  static final String NAMESPACE = "namespace";
  static final String DURABILITY = "durability";
  static final String ISOLATION = "isolation";
  static final String READ_ONLY = "readOnly";

  private static final List<String> KEYS =
      List.of(USER, NAMESPACE, DURABILITY, ISOLATION, READ_ONLY);
  private static final String KNOWN_KEYS = "there are " + String.join(", ", KEYS);

  /** Frameworks hand it over, mostly empty; a database in the own process asks for none. */
  private static final String PASSWORD = "password";

  private static final String MEMORY = "mem:";

  /** {@code http:}, {@code jar:}, {@code file:}; one letter is a Windows drive. */
  private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]+:");

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,63}");
  private static final int MAX_LENGTH = 8192;

  static boolean accepts(@Nullable String url) {
    return url != null && url.startsWith(PREFIX);
  }

  static KalamUrl parse(String url, Properties properties) throws SQLException {
    if (url.length() > MAX_LENGTH) {
      throw refused("The URL is longer than " + MAX_LENGTH + " characters");
    }
    String rest = url.substring(PREFIX.length());
    int question = rest.indexOf('?');
    String rawLocation = question < 0 ? rest : rest.substring(0, question);
    Map<String, String> settings =
        question < 0 ? new LinkedHashMap<>() : query(rest.substring(question + 1));
    addProperties(settings, properties);

    boolean inMemory = rawLocation.startsWith(MEMORY);
    String location =
        location(inMemory ? rawLocation.substring(MEMORY.length()) : rawLocation, inMemory);
    return new KalamUrl(
        inMemory,
        location,
        user(settings.get(USER)),
        namespace(settings.get(NAMESPACE)),
        durability(settings.get(DURABILITY)),
        isolation(settings.get(ISOLATION)),
        readOnly(settings.get(READ_ONLY)));
  }

  private static @Nullable Durability durability(@Nullable String value) throws SQLException {
    if (value == null) {
      return null;
    }
    try {
      return Durability.parse(value);
    } catch (IllegalArgumentException e) {
      throw SqlErrors.of(
          ErrorCode.CANNOT_CONNECT,
          "The key durability is sync, none or interval:<milliseconds>: " + value,
          e);
    }
  }

  private static int isolation(@Nullable String value) throws SQLException {
    if (value == null) {
      return ConnectionTransaction.DEFAULT_ISOLATION;
    }
    return switch (value.toLowerCase(Locale.ROOT).replace('_', '-')) {
      case "read-committed" -> Connection.TRANSACTION_READ_COMMITTED;
      case "repeatable-read", "snapshot" -> Connection.TRANSACTION_REPEATABLE_READ;
      case "serializable" -> Connection.TRANSACTION_SERIALIZABLE;
      default ->
          throw refused(
              "The key isolation is read-committed, repeatable-read, snapshot or serializable: "
                  + value);
    };
  }

  private static boolean readOnly(@Nullable String value) throws SQLException {
    if (value == null || value.equals("false")) {
      return false;
    }
    if (!value.equals("true")) {
      throw refused("The key readOnly is true or false: " + value);
    }
    return true;
  }

  private static String location(String raw, boolean inMemory) throws SQLException {
    String what = inMemory ? "name after mem:" : "path";
    if (raw.indexOf(';') >= 0) {
      throw refused(
          "The "
              + what
              + " of the URL takes no options after ';' (write %3B for the character): "
              + raw);
    }
    String location = decode(what, raw);
    if (location.isEmpty()) {
      throw refused("The URL has no " + what);
    }
    if (!inMemory && SCHEME.matcher(location).find()) {
      throw refused("The URL takes a file path or mem:<name>, not the scheme of " + location);
    }
    return location;
  }

  private static Map<String, String> query(String text) throws SQLException {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String pair : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      if (!KEYS.contains(key)) {
        throw refused("Unknown key in the URL: '" + key + "'; " + KNOWN_KEYS);
      }
      String value = equals < 0 ? "" : decode("value of " + key, pair.substring(equals + 1));
      if (value.isEmpty()) {
        throw refused("The key " + key + " of the URL has no value");
      }
      if (settings.put(key, value) != null) {
        throw refused("The key " + key + " stands in the URL twice");
      }
    }
    return settings;
  }

  private static void addProperties(Map<String, String> settings, Properties properties)
      throws SQLException {
    for (String key : properties.stringPropertyNames()) {
      String value = properties.getProperty(key);
      switch (key) {
        case USER, NAMESPACE, DURABILITY, ISOLATION, READ_ONLY -> {
          String before = value.isEmpty() ? null : settings.put(key, value);
          if (before != null && !before.equals(value)) {
            throw refused(
                "The key " + key + " differs between the URL and the connection properties");
          }
        }
        case PASSWORD -> {
          if (!value.isEmpty()) {
            throw refused(
                "The property password is not taken: the application vouches for its users");
          }
        }
        default -> throw refused("Unknown connection property: '" + key + "'; " + KNOWN_KEYS);
      }
    }
    for (Map.Entry<Object, Object> property : properties.entrySet()) {
      if (!(property.getKey() instanceof String) || !(property.getValue() instanceof String)) {
        throw refused("The connection property " + property.getKey() + " is no text");
      }
    }
  }

  private static @Nullable String user(@Nullable String user) throws SQLException {
    if (user != null) {
      try {
        return new UserId(user).value();
      } catch (IllegalArgumentException e) {
        throw SqlErrors.of(
            ErrorCode.CANNOT_CONNECT, "The key user is no user id: " + e.getMessage(), e);
      }
    }
    return null;
  }

  private static @Nullable String namespace(@Nullable String namespace) throws SQLException {
    if (namespace != null && !NAME.matcher(namespace).matches()) {
      throw refused("The key namespace is no name of a namespace: " + namespace);
    }
    return namespace;
  }

  /** Percent-decodes; control characters (NUL above all) are refused, encoded or not. */
  private static String decode(String what, String raw) throws SQLException {
    ByteBuffer utf8 = ByteBuffer.allocate(raw.length() * 3);
    StringBuilder decoded = new StringBuilder(raw.length());
    try {
      for (int i = 0; i < raw.length(); ) {
        if (raw.charAt(i) != '%') {
          decoded.append(raw.charAt(i++));
          continue;
        }
        utf8.clear();
        for (; i < raw.length() && raw.charAt(i) == '%'; i += 3) {
          utf8.put((byte) hexByte(what, raw, i + 1));
        }
        decoded.append(StandardCharsets.UTF_8.newDecoder().decode(utf8.flip()));
      }
    } catch (CharacterCodingException e) {
      throw SqlErrors.of(
          ErrorCode.CANNOT_CONNECT, "The " + what + " is no UTF-8 when decoded: " + raw, e);
    }
    if (decoded.chars().anyMatch(Character::isISOControl)) {
      throw refused("The " + what + " of the URL contains a control character");
    }
    return decoded.toString();
  }

  private static int hexByte(String what, String raw, int at) throws SQLException {
    int high = at + 1 < raw.length() ? Character.digit(raw.charAt(at), 16) : -1;
    int low = high < 0 ? -1 : Character.digit(raw.charAt(at + 1), 16);
    if (low < 0) {
      throw refused(
          "The " + what + " has a '%' without two hexadecimal digits (write %25 for it): " + raw);
    }
    return high << 4 | low;
  }

  private static SQLException refused(String reason) {
    return SqlErrors.of(ErrorCode.CANNOT_CONNECT, reason);
  }

  /** The URL again, without the user, as {@code DatabaseMetaData.getURL} reports it. */
  @Override
  public String toString() {
    return PREFIX
        + (inMemory ? MEMORY : "")
        + location.replace("%", "%25").replace("?", "%3F").replace(";", "%3B");
  }
}

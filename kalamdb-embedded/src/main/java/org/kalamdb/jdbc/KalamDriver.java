package org.kalamdb.jdbc;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/**
 * The JDBC driver of {@code jdbc:kalamdb:<path>[?key=value&...]} and {@code
 * jdbc:kalamdb:mem:<name>[?...]}; {@link DriverManager} finds it by itself.
 *
 * <p>Connections to one path, or to one name in memory, share the database within the process;
 * closing the last of them closes it. {@code user} is the user whose partition the connection works
 * in and needs no CREATE USER; without it the connection is the application's own. The other keys
 * are {@code namespace}, {@code durability=sync|none|interval:<ms>}, {@code
 * isolation=read-committed|repeatable-read|serializable} and {@code readOnly=true|false}: what the
 * connection begins with. Values are percent-decoded; every other key is refused with 08001.
 * Thread-safe.
 */
public final class KalamDriver implements Driver {
  static final String PRODUCT = "KalamDB";
  static final int MAJOR_VERSION = 0;
  static final int MINOR_VERSION = 1;
  static final String VERSION = MAJOR_VERSION + "." + MINOR_VERSION;

  private final Database.Opener opener;

  /** For {@link java.util.ServiceLoader}. */
  public KalamDriver() {
    this(KalamDatabase::open);
  }

  KalamDriver(Database.Opener opener) {
    this.opener = opener;
  }

  /**
   * Opens the database if no one in the process has, and connects; null for the URL of another
   * driver.
   */
  @Override
  public @Nullable Connection connect(String url, @Nullable Properties info) throws SQLException {
    if (!acceptsURL(url)) {
      return null;
    }
    return KalamConnection.open(
        KalamUrl.parse(url, info == null ? new Properties() : info), opener);
  }

  @Override
  public boolean acceptsURL(@Nullable String url) throws SQLException {
    if (url == null) {
      throw SqlErrors.of(ErrorCode.CANNOT_CONNECT, "The URL is null");
    }
    return KalamUrl.accepts(url);
  }

  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, @Nullable Properties info)
      throws SQLException {
    KalamUrl known =
        acceptsURL(url) ? KalamUrl.parse(url, info == null ? new Properties() : info) : null;
    return new DriverPropertyInfo[] {
      property(
          KalamUrl.USER,
          known == null ? null : known.user(),
          "Whose partition the connection works in; the application's own session if absent"),
      property(
          KalamUrl.NAMESPACE,
          known == null ? null : known.namespace(),
          "The namespace that unqualified names mean at first; it must exist"),
      choice(
          KalamUrl.DURABILITY,
          known == null || known.durability() == null ? null : known.durability().toString(),
          "What the connection's commits survive; the database's option if absent",
          "sync",
          "none",
          "interval:100"),
      choice(
          KalamUrl.ISOLATION,
          null,
          "The isolation of transactions at first; repeatable-read if absent",
          "read-committed",
          "repeatable-read",
          "serializable"),
      choice(
          KalamUrl.READ_ONLY,
          known == null ? null : String.valueOf(known.readOnly()),
          "Whether the connection begins as a read-only one; false if absent",
          "true",
          "false"),
    };
  }

  private static DriverPropertyInfo choice(
      String name, @Nullable String value, String description, String... choices) {
    DriverPropertyInfo info = property(name, value, description);
    info.choices = choices;
    return info;
  }

  private static DriverPropertyInfo property(
      String name, @Nullable String value, String description) {
    DriverPropertyInfo info = new DriverPropertyInfo(name, value);
    info.description = description;
    return info;
  }

  @Override
  public int getMajorVersion() {
    return MAJOR_VERSION;
  }

  @Override
  public int getMinorVersion() {
    return MINOR_VERSION;
  }

  /** False: full SQL-92 entry level is not claimed. */
  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw SqlErrors.unsupported("Driver.getParentLogger (logs go to SLF4J)");
  }

  static {
    try {
      DriverManager.registerDriver(new KalamDriver());
    } catch (SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}

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
 * The JDBC driver of {@code jdbc:kalamdb:<path>[?user=u&namespace=n]} and {@code
 * jdbc:kalamdb:mem:<name>[?...]}; {@link DriverManager} finds it by itself.
 *
 * <p>Connections to one path, or to one name in memory, share the database within the process;
 * closing the last of them closes it. {@code user} is the user whose partition the connection works
 * in and needs no CREATE USER; without it the connection is the application's own. Values are
 * percent-decoded; every other key is refused. Thread-safe.
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
    };
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

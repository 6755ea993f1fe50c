package org.kalamdb.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.Durability;

class KalamUrlTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "jdbc:kalamdb:/data/app, false, /data/app, -, -",
        "jdbc:kalamdb:data, false, data, -, -",
        "jdbc:kalamdb:C:\\data, false, C:\\data, -, -",
        "jdbc:kalamdb:mem:test, true, test, -, -",
        "jdbc:kalamdb:mem:a/b?user=u, true, a/b, u, -",
        "jdbc:kalamdb:/d?user=alice&namespace=chat, false, /d, alice, chat",
        "jdbc:kalamdb:/d?namespace=chat&user=a%26b%3Dc, false, /d, a&b=c, chat",
        "jdbc:kalamdb:/d?user=a+b, false, /d, a+b, -",
        "jdbc:kalamdb:/d?user=%C3%A9%E2%82%AC, false, /d, é€, -",
        "jdbc:kalamdb:/what%3F/100%25, false, /what?/100%, -, -",
        "jdbc:kalamdb:/d?user=../../etc, false, /d, ../../etc, -",
      })
  void parse_goodUrl_givesItsParts(
      String url, boolean inMemory, String location, String user, String namespace)
      throws SQLException {
    assertThat(KalamUrl.parse(url, new Properties()))
        .isEqualTo(url(inMemory, location, user, namespace));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:kalamdb:",
        "jdbc:kalamdb:mem:",
        "jdbc:kalamdb:?user=u",
        "jdbc:kalamdb:/d?",
        "jdbc:kalamdb:/d?user",
        "jdbc:kalamdb:/d?user=",
        "jdbc:kalamdb:/d?User=u",
        "jdbc:kalamdb:/d?user=u&",
        "jdbc:kalamdb:/d?user=u&user=v",
        "jdbc:kalamdb:/d?user=u&user=u",
        "jdbc:kalamdb:/d?us%65r=u",
        "jdbc:kalamdb:/d?init=RUNSCRIPT",
        "jdbc:kalamdb:/d?class=java.lang.Runtime",
        "jdbc:kalamdb:/d?namespace=a.b",
        "jdbc:kalamdb:/d?namespace=_a",
        "jdbc:kalamdb:/d?user=%",
        "jdbc:kalamdb:/d?user=%4",
        "jdbc:kalamdb:/d?user=%zz",
        "jdbc:kalamdb:/d?user=%C3",
        "jdbc:kalamdb:/d?user=a%00b",
        "jdbc:kalamdb:/d%00",
        "jdbc:kalamdb:/d\u0000",
        "jdbc:kalamdb:/d\n",
        "jdbc:kalamdb:/d;INIT=RUNSCRIPT FROM 'x'",
        "jdbc:kalamdb:mem:x;DB_CLOSE_DELAY=-1",
        "jdbc:kalamdb:http://host/x",
        "jdbc:kalamdb:http%3A//host/x",
        "jdbc:kalamdb:jar:file:/x.jar!/d",
        "jdbc:kalamdb:file:/d",
        "jdbc:kalamdb:memory:x",
      })
  void connect_badUrl_is08001AndOpensNothing(String url) {
    AtomicInteger opened = new AtomicInteger();
    KalamDriver driver =
        new KalamDriver(
            any -> {
              opened.incrementAndGet();
              throw new AssertionError("opened");
            });

    assertThatThrownBy(() -> driver.connect(url, new Properties()))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
    assertThat(opened).hasValue(0);
  }

  @Test
  void parse_unknownKey_isNamed() {
    assertThatThrownBy(() -> KalamUrl.parse("jdbc:kalamdb:/d?durable=none", new Properties()))
        .hasMessageContaining("'durable'");
  }

  private static KalamUrl url(boolean inMemory, String location, String user, String namespace) {
    return new KalamUrl(
        inMemory, location, user, namespace, null, Connection.TRANSACTION_REPEATABLE_READ, false);
  }

  @Test
  void parse_transactionKeys_areTheConnectionsFirstSettings() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("readOnly", "true");
    assertThat(
            KalamUrl.parse(
                "jdbc:kalamdb:/d?durability=interval:50&isolation=SERIALIZABLE", properties))
        .isEqualTo(
            new KalamUrl(
                false,
                "/d",
                null,
                null,
                Durability.interval(50),
                Connection.TRANSACTION_SERIALIZABLE,
                true));
    assertThat(
            KalamUrl.parse("jdbc:kalamdb:/d?isolation=read_committed", new Properties())
                .isolation())
        .isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
  }

  @ParameterizedTest
  @CsvSource({
    "durability, 'fsync'",
    "durability, 'interval:0'",
    "durability, 'interval:'",
    "isolation, 'dirty'",
    "isolation, '4'",
    "readOnly, 'yes'",
    "readOnly, 'TRUE'"
  })
  void parse_badTransactionKey_is08001NamingIt(String key, String value) {
    assertThatThrownBy(
            () -> KalamUrl.parse("jdbc:kalamdb:/d?" + key + "=" + value, new Properties()))
        .hasMessageContaining(key)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
  }

  @Test
  void parse_longUserId_isRefused() {
    assertThatThrownBy(
            () -> KalamUrl.parse("jdbc:kalamdb:/d?user=" + "x".repeat(257), new Properties()))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
  }

  @Test
  void parse_properties_addToTheUrl() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "bob");
    properties.setProperty("password", "");

    assertThat(KalamUrl.parse("jdbc:kalamdb:/d?namespace=chat", properties))
        .isEqualTo(url(false, "/d", "bob", "chat"));
  }

  @ParameterizedTest
  @CsvSource({"user, other", "password, secret", "init, x", "namespace, 'a b'"})
  void parse_badProperty_isRefusedWithoutItsSecret(String key, String value) {
    Properties properties = new Properties();
    properties.setProperty(key, value);

    assertThatThrownBy(() -> KalamUrl.parse("jdbc:kalamdb:/d?user=bob", properties))
        .hasMessageContaining(key)
        .hasMessageNotContaining("secret");
  }

  @Test
  void connect_foreignUrl_isNull() throws SQLException {
    assertThat(new KalamDriver().connect("jdbc:h2:mem:x", new Properties())).isNull();
  }

  @Test
  void toString_parsedAgain_isTheSamePlace() throws SQLException {
    KalamUrl url = url(false, "/a?b;c%d", null, null);

    assertThat(KalamUrl.parse(url.toString(), new Properties())).isEqualTo(url);
  }
}

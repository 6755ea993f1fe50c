package org.kalamdb.internal.engine;

import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.kalamdb.Durability;
import org.kalamdb.Isolation;
import org.kalamdb.KalamOptions;
import org.kalamdb.TransactionOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.TimeZones;
import org.kalamdb.internal.sql.optimize.Optimizer;
import org.kalamdb.internal.sql.parse.SessionStatement.Begin;
import org.kalamdb.internal.sql.parse.SessionStatement.IsolationLevel;
import org.kalamdb.schema.NamespaceId;

/** What SET, RESET and SHOW know of a session, by name. Used by the session's thread. */
final class SessionSettings {
  /** Of the open transaction, and with it gone. */
  private static final String TRANSACTION_ISOLATION = "transaction_isolation";

  private final Map<String, Setting> settings = new LinkedHashMap<>();
  private Set<String> disabledPasses = Set.of();
  private TransactionOptions defaults = TransactionOptions.defaults();
  private Durability durability = Durability.SYNC;
  private Duration idleTransactionTimeout = Duration.ZERO;
  private ZoneId zone = ZoneOffset.UTC;
  private String zoneName = "UTC";

  /**
   * One setting.
   *
   * @param write takes the values as written, never none
   * @param initial the value of a new session
   */
  private record Setting(Supplier<String> read, Consumer<List<String>> write, String initial) {}

  SessionSettings(EngineSession session, Optimizer optimizer, KalamOptions options) {
    Setting namespace =
        new Setting(
            session::namespace,
            values -> session.useNamespace(only(values, "search_path")),
            NamespaceId.DEFAULT.name());
    settings.put("search_path", namespace);
    settings.put("namespace", namespace);
    settings.put(
        "timezone",
        new Setting(() -> zoneName, values -> setZone(only(values, "TIME ZONE")), "UTC"));
    settings.put(
        "disabled_optimizer_passes",
        new Setting(
            () -> disabledPasses.stream().sorted().collect(Collectors.joining(",")),
            values -> disabledPasses = passes(values, optimizer),
            ""));
    settings.put(
        "statement_timeout",
        new Setting(
            () -> StatementTimeout.format(session.statementTimeout()),
            values ->
                session.setStatementTimeout(
                    StatementTimeout.parse("statement_timeout", only(values, "statement_timeout"))),
            StatementTimeout.format(options.statementTimeout())));
    addTransactions(session, options);
  }

  private void addTransactions(EngineSession session, KalamOptions options) {
    durability = options.durability();
    idleTransactionTimeout = options.idleTransactionTimeout();
    settings.put(
        "durability",
        new Setting(
            () -> durability.toString(),
            values -> durability = durability(only(values, "durability")),
            options.durability().toString()));
    settings.put(
        "idle_in_transaction_session_timeout",
        new Setting(
            () -> StatementTimeout.format(idleTransactionTimeout),
            values ->
                idleTransactionTimeout =
                    StatementTimeout.parse(
                        "idle_in_transaction_session_timeout",
                        only(values, "idle_in_transaction_session_timeout")),
            StatementTimeout.format(options.idleTransactionTimeout())));
    settings.put(
        "default_transaction_isolation",
        new Setting(
            () -> defaults.isolation().sqlName(),
            values ->
                defaults =
                    defaults.withIsolation(
                        isolation(only(values, "default_transaction_isolation"))),
            Isolation.SNAPSHOT.sqlName()));
    settings.put(
        "default_transaction_read_only",
        new Setting(
            () -> defaults.readOnly() ? "on" : "off",
            values ->
                defaults =
                    defaults.withReadOnly(onOrOff(only(values, "default_transaction_read_only"))),
            "off"));
    settings.put(
        TRANSACTION_ISOLATION,
        new Setting(
            () -> session.currentOptions().isolation().sqlName(),
            values ->
                session.changeTransaction(
                    isolation(only(values, TRANSACTION_ISOLATION)),
                    session.currentOptions().readOnly()),
            Isolation.SNAPSHOT.sqlName()));
  }

  private static Durability durability(String text) {
    try {
      return Durability.parse(text);
    } catch (IllegalArgumentException e) {
      throw new KalamException(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "invalid value for parameter \"durability\": \"" + text + "\"")
          .withHint("sync, none or interval(milliseconds)");
    }
  }

  private static boolean onOrOff(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "on", "true", "yes", "1" -> true;
      case "off", "false", "no", "0" -> false;
      default ->
          throw new KalamException(
                  ErrorCode.INVALID_PARAMETER_VALUE,
                  "invalid value for parameter \"default_transaction_read_only\": \"" + text + "\"")
              .withHint("on or off");
    };
  }

  private static Isolation isolation(String text) {
    String name = text.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
    return switch (name) {
      case "read uncommitted", "read committed" -> Isolation.READ_COMMITTED;
      case "repeatable read", "snapshot" -> Isolation.SNAPSHOT;
      case "serializable" -> Isolation.SERIALIZABLE;
      default ->
          throw new KalamException(
                  ErrorCode.INVALID_PARAMETER_VALUE, "there is no isolation level \"" + text + "\"")
              .withHint("read committed, repeatable read, serializable");
    };
  }

  static Isolation isolation(IsolationLevel written) {
    return switch (written) {
      case READ_COMMITTED -> Isolation.READ_COMMITTED;
      case REPEATABLE_READ -> Isolation.SNAPSHOT;
      case SERIALIZABLE -> Isolation.SERIALIZABLE;
    };
  }

  /** Of commits whose transaction does not say otherwise. */
  Durability durability() {
    return durability;
  }

  Duration idleTransactionTimeout() {
    return idleTransactionTimeout;
  }

  /** Of transactions whose BEGIN does not say otherwise, and of single statements. */
  TransactionOptions transactionOptions() {
    return defaults;
  }

  /** As a BEGIN has it. */
  TransactionOptions transactionOptions(Begin statement) {
    IsolationLevel written = statement.isolation();
    TransactionOptions options =
        written == null ? defaults : defaults.withIsolation(isolation(written));
    Boolean readOnly = statement.readOnly();
    return readOnly == null ? options : options.withReadOnly(readOnly);
  }

  /** Takes the time zone of another session. */
  void takeZone(SessionSettings from) {
    zone = from.zone;
    zoneName = from.zoneName;
  }

  /** The time zone of the session's timestamps. */
  ZoneId zone() {
    return zone;
  }

  private void setZone(String name) {
    boolean reset = name.equalsIgnoreCase("local") || name.equalsIgnoreCase("default");
    zone = TimeZones.ofSetting(reset ? "UTC" : name);
    zoneName = reset ? "UTC" : name;
  }

  private static String only(List<String> values, String name) {
    if (values.size() > 1) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "SET " + name + " takes one value here");
    }
    return values.get(0);
  }

  /** Names of passes, comma-separated, in any case. */
  private static Set<String> passes(List<String> values, Optimizer optimizer) {
    return values.stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .map(name -> pass(name, optimizer))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String pass(String name, Optimizer optimizer) {
    return optimizer.passNames().stream()
        .filter(pass -> pass.equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new KalamException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "there is no optimizer pass \"" + name + "\"")
                    .withHint("SHOW OPTIMIZER PASSES lists them"));
  }

  /** Optimizer passes that do not run for the session's statements. */
  Set<String> disabledPasses() {
    return disabledPasses;
  }

  String show(String name) {
    return setting(name).read().get();
  }

  /** Sets, or resets if there is no value. */
  void set(String name, List<String> values) {
    Setting setting = setting(name);
    setting.write().accept(values.isEmpty() ? List.of(setting.initial()) : values);
  }

  void resetAll() {
    settings.forEach(
        (name, setting) -> {
          if (!name.equals(TRANSACTION_ISOLATION)) {
            setting.write().accept(List.of(setting.initial()));
          }
        });
  }

  private Setting setting(String name) {
    Setting setting = settings.get(name.toLowerCase(Locale.ROOT));
    if (setting == null) {
      throw new KalamException(
          ErrorCode.UNDEFINED_OBJECT, "unrecognized configuration parameter \"" + name + "\"");
    }
    return setting;
  }
}

package org.kalamdb.internal.engine;

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
import org.kalamdb.KalamOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.TimeZones;
import org.kalamdb.internal.sql.optimize.Optimizer;
import org.kalamdb.schema.NamespaceId;

/** What SET, RESET and SHOW know of a session, by name. Used by the session's thread. */
final class SessionSettings {
  private final Map<String, Setting> settings = new LinkedHashMap<>();
  private Set<String> disabledPasses = Set.of();
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
                    StatementTimeout.parse(only(values, "statement_timeout"))),
            StatementTimeout.format(options.statementTimeout())));
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
    settings.values().forEach(setting -> setting.write().accept(List.of(setting.initial())));
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

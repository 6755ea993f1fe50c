package org.kalamdb.internal.sql.ddl;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.FlushPolicy;
import org.kalamdb.internal.catalog.StorageDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.sql.parse.Option;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.schema.TableType;

/** The WITH options of CREATE TABLE: each is understood or refused. */
final class TableOptionReader {
  private static final long MAX_TTL_SECONDS = 100L * 366 * 24 * 3600;
  private static final long MAX_EVENTS = 1_000_000_000;
  private static final List<String> ACCESS_LEVELS =
      List.of("PUBLIC", "PRIVATE", "RESTRICTED", "DBA");

  private final TableType type;
  private FlushPolicy flush = TableOptions.DEFAULTS.flush();
  private long ttlSeconds;
  private long maxBuffer;
  private boolean ephemeral;
  private boolean altering;
  private String compression = TableOptions.DEFAULTS.compression();
  private long deletedRetentionHours = TableOptions.DEFAULTS.deletedRetentionHours();
  private String accessLevel = TableOptions.DEFAULTS.accessLevel();
  private @Nullable String storageId;
  private boolean useUserStorage;
  private Map<Integer, String> columnCompression = Map.of();

  private TableOptionReader(TableType type) {
    this.type = type;
  }

  /** The options with some of them changed. */
  static TableOptions change(TableType type, TableOptions before, List<Option> options) {
    TableOptionReader reader = new TableOptionReader(type);
    reader.flush = before.flush();
    reader.ttlSeconds = before.ttlSeconds();
    reader.maxBuffer = before.maxBuffer();
    reader.ephemeral = before.ephemeral();
    reader.altering = true;
    reader.compression = before.compression();
    reader.deletedRetentionHours = before.deletedRetentionHours();
    reader.accessLevel = before.accessLevel();
    reader.storageId = before.storageId();
    reader.useUserStorage = before.useUserStorage();
    reader.columnCompression = before.columnCompression();
    options.forEach(reader::read);
    return reader.finish();
  }

  static TableOptions read(TableType type, List<Option> options, Position position) {
    TableOptionReader reader = new TableOptionReader(type);
    options.forEach(reader::read);
    if (type == TableType.STREAM && reader.ttlSeconds == 0) {
      throw position
          .error(ErrorCode.INVALID_TABLE_DEFINITION, "a stream table needs a time to live")
          .withHint("WITH (TTL_SECONDS = 3600)");
    }
    return reader.finish();
  }

  private TableOptions finish() {
    return new TableOptions(
        flush,
        ttlSeconds,
        maxBuffer,
        ephemeral,
        compression,
        deletedRetentionHours,
        accessLevel,
        storageId,
        useUserStorage,
        columnCompression);
  }

  private void read(Option option) {
    switch (option.name().toLowerCase(Locale.ROOT)) {
      case "ttl_seconds" -> {
        if (type != TableType.STREAM) {
          throw notFor(option, "only stream tables have a time to live");
        }
        ttlSeconds = option.longValue(1, MAX_TTL_SECONDS);
      }
      case "flush_policy" -> {
        refuseForStream(option);
        try {
          flush = FlushPolicy.parse(option.text());
        } catch (IllegalArgumentException e) {
          throw option.invalid(FlushPolicy.SYNTAX);
        }
      }
      case "compression" -> {
        refuseForStream(option);
        compression = option.text().toLowerCase(Locale.ROOT);
        if (!TableOptions.CODECS.contains(compression)) {
          throw option.invalid("one of " + TableOptions.CODECS);
        }
      }
      case "deleted_retention_hours" -> {
        refuseForStream(option);
        deletedRetentionHours =
            option.text().equalsIgnoreCase("off") ? -1 : option.longValue(0, 1_000_000);
      }
      case "access_level" -> {
        if (type != TableType.SHARED) {
          throw notFor(option, "only shared tables have an access level");
        }
        accessLevel = option.text().toUpperCase(Locale.ROOT);
        if (!ACCESS_LEVELS.contains(accessLevel)) {
          throw option.invalid("one of " + ACCESS_LEVELS);
        }
      }
      case "storage_id" -> {
        refuseForStream(option);
        storageId = option.text().equals(StorageDefinition.LOCAL_ID) ? null : option.text();
      }
      case "use_user_storage" -> {
        if (type != TableType.USER) {
          throw notFor(option, "only user tables have partitions of users in segments");
        }
        useUserStorage = option.booleanValue();
      }
      case "max_buffer" -> {
        if (type != TableType.STREAM) {
          throw notFor(option, "only stream tables drop their oldest events");
        }
        maxBuffer = option.longValue(1, MAX_EVENTS);
      }
      case "ephemeral" -> {
        if (type != TableType.STREAM) {
          throw notFor(option, "only events of stream tables can be told and not kept");
        }
        if (altering && option.booleanValue() != ephemeral) {
          throw notFor(option, "whether events are kept is said when the table is made");
        }
        ephemeral = option.booleanValue();
      }
      default -> throw unsupported(option);
    }
  }

  private void refuseForStream(Option option) {
    if (type == TableType.STREAM) {
      throw notFor(option, "events of a stream table are never flushed");
    }
  }

  private static KalamException notFor(Option option, String why) {
    return option
        .position()
        .error(
            ErrorCode.INVALID_TABLE_DEFINITION,
            "option " + option.name().toUpperCase(Locale.ROOT) + " does not fit: " + why);
  }

  private static KalamException unsupported(Option option) {
    return option
        .position()
        .error(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "option " + option.name().toUpperCase(Locale.ROOT) + " is not supported yet");
  }
}

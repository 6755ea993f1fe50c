package org.kalamdb.internal.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.StorageCodec;
import org.kalamdb.internal.catalog.StorageDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.CreateStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.DropStorage;
import org.kalamdb.internal.sql.parse.Option;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.storage.file.PathTemplate;
import org.kalamdb.internal.storage.file.StorageDirectory;
import org.kalamdb.internal.storage.file.StorageOwner;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.table.StorageContents;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CREATE, ALTER and DROP STORAGE, each one commit, and the rows that tell of storages. Thread-safe;
 * of the statements one runs at a time.
 */
final class StorageExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(StorageExecutor.class);

  /** So long DROP waits for the last readers of what was in a storage. */
  private static final long UNREAD_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** So many users an error calls by name. */
  private static final int USERS_NAMED = 10;

  private final Engine engine;

  StorageExecutor(Engine engine) {
    this.engine = engine;
  }

  private Storages storages() {
    return engine.tables().cold().storages();
  }

  private StorageContents contents() {
    return engine.tables().cold().contents();
  }

  // ---- CREATE

  synchronized void create(CreateStorage statement) {
    Identifier name = statement.id();
    located(name.position(), () -> NameRules.checkStorage(name.name()));
    if (!statement.type().equals("filesystem")) {
      throw statement
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "storages of type " + statement.type() + " are not supported yet");
    }
    if (isThere(statement, engine.currentCatalog())) {
      return;
    }
    Map<String, Option> settings = settings(statement);
    StorageOwner owner = storages().owner();
    if (owner == null) {
      throw statement
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a database in memory has no storages beside \"local\"");
    }
    Option path = Objects.requireNonNull(settings.get("path"));
    Path directory =
        located(
            path.position(),
            () -> StorageDirectory.check(path.text(), owner, paths(engine.currentCatalog())));
    StorageDefinition storage =
        new StorageDefinition(
            engine.ddl().reserveTableNumber(),
            name.name(),
            text(settings.get("name")),
            text(settings.get("description")),
            directory.toString(),
            template(settings.get("shared_tables_template"), PathTemplate::ofSharedTables),
            template(settings.get("user_tables_template"), PathTemplate::ofUserTables),
            UUID.randomUUID(),
            engine.options().clock().millis());
    checkTemplates(storage, statement.position());
    UUID token = Objects.requireNonNull(storage.token());
    located(
        path.position(),
        () -> {
          StorageDirectory.probe(directory);
          StorageDirectory.mark(directory, token, owner);
          return token;
        });
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              batch.put(
                  KeyFamily.CATALOG,
                  CatalogKeys.storage(storage.id()),
                  StorageCodec.encode(storage));
              return catalog.withStorage(storage);
            },
            seq -> storages().put(storage)));
  }

  private static boolean isThere(CreateStorage statement, CatalogSnapshot catalog) {
    String id = statement.id().name();
    if (catalog.storage(id) == null) {
      return false;
    }
    if (statement.ifNotExists()) {
      return true;
    }
    throw statement
        .id()
        .position()
        .error(ErrorCode.DUPLICATE_OBJECT, "storage \"" + id + "\" already exists");
  }

  private static Map<String, Option> settings(CreateStorage statement) {
    Map<String, Option> settings = new HashMap<>();
    for (Option setting : statement.settings()) {
      switch (setting.name()) {
        case "name", "description", "path", "shared_tables_template", "user_tables_template" ->
            settings.put(setting.name(), setting);
        default ->
            throw setting
                .position()
                .error(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "setting \""
                        + setting.name()
                        + "\" does not apply to storages of type filesystem");
      }
    }
    return settings;
  }

  private static List<Path> paths(CatalogSnapshot catalog) {
    List<Path> paths = new ArrayList<>();
    for (StorageDefinition storage : catalog.storages()) {
      String path = storage.path();
      if (path != null) {
        paths.add(Path.of(path));
      }
    }
    return paths;
  }

  private static @Nullable String text(@Nullable Option option) {
    return option == null ? null : option.text();
  }

  private interface Compiler {
    PathTemplate compile(String text);
  }

  private static @Nullable String template(@Nullable Option option, Compiler compiler) {
    return option == null
        ? null
        : located(option.position(), () -> compiler.compile(option.text())).toString();
  }

  private static PathTemplate sharedPaths(StorageDefinition storage) {
    return PathTemplate.ofSharedTables(
        Objects.requireNonNullElse(storage.sharedTemplate(), PathTemplate.DEFAULT_SHARED));
  }

  private static PathTemplate userPaths(StorageDefinition storage) {
    return PathTemplate.ofUserTables(
        Objects.requireNonNullElse(storage.userTemplate(), PathTemplate.DEFAULT_USER));
  }

  /** A shared table and a user's partition must never share a directory. */
  private static void checkTemplates(StorageDefinition storage, Position position) {
    PathTemplate shared = sharedPaths(storage);
    PathTemplate user = userPaths(storage);
    if (shared.mayMeet(user)) {
      throw position
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "path templates \""
                  + shared
                  + "\" and \""
                  + user
                  + "\" could give a shared table and a user's partition one directory")
          .withHint("Put different words at one place of them, as in \"shared\" and \"users\".");
    }
  }

  // ---- ALTER

  synchronized void alter(AlterStorage statement) {
    Option setting = statement.setting();
    @Nullable StorageDefinition[] made = new @Nullable StorageDefinition[1];
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              StorageDefinition changed = changed(named(statement.id(), catalog), setting);
              checkTemplates(changed, setting.position());
              made[0] = changed;
              batch.put(
                  KeyFamily.CATALOG,
                  CatalogKeys.storage(changed.id()),
                  StorageCodec.encode(changed));
              return catalog.withStorage(changed);
            },
            seq -> storages().put(Objects.requireNonNull(made[0]))));
  }

  private static StorageDefinition changed(StorageDefinition before, Option setting) {
    String text = setting.text();
    return switch (setting.name()) {
      case "name" ->
          before.with(text, before.description(), before.sharedTemplate(), before.userTemplate());
      case "description" ->
          before.with(before.title(), text, before.sharedTemplate(), before.userTemplate());
      case "shared_tables_template" ->
          before.with(
              before.title(),
              before.description(),
              template(setting, PathTemplate::ofSharedTables),
              before.userTemplate());
      default ->
          before.with(
              before.title(),
              before.description(),
              before.sharedTemplate(),
              template(setting, PathTemplate::ofUserTables));
    };
  }

  private static StorageDefinition named(Identifier name, CatalogSnapshot catalog) {
    StorageDefinition storage = catalog.storage(name.name());
    if (storage == null) {
      throw name.position()
          .error(ErrorCode.UNDEFINED_OBJECT, "storage \"" + name.name() + "\" does not exist");
    }
    return storage;
  }

  // ---- DROP

  synchronized void drop(DropStorage statement) {
    Identifier name = statement.id();
    CatalogSnapshot now = engine.currentCatalog();
    if (statement.ifExists() && now.storage(name.name()) == null) {
      return;
    }
    StorageDefinition storage = named(name, now);
    if (storage.isLocal()) {
      throw name.position().error(ErrorCode.RESERVED_NAME, "storage \"local\" cannot be dropped");
    }
    checkUnused(storage, name.position(), now);
    boolean available = storages().files().problem(storage.number()) == null;
    if (available) {
      checkUnread(storage, name.position());
    }
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              // Where no table has it, nothing new comes into it: once more with nobody beside.
              checkUnused(storage, name.position(), catalog);
              batch.delete(KeyFamily.CATALOG, CatalogKeys.storage(storage.id()));
              return catalog.withoutStorage(storage.id());
            },
            seq -> storages().remove(storage)));
    if (available) {
      try {
        StorageDirectory.clear(Path.of(Objects.requireNonNull(storage.path())));
      } catch (IOException e) {
        LOG.atWarn()
            .setCause(e)
            .addKeyValue("storage", storage.id())
            .log("The directory of a dropped storage could not be cleared");
      }
    }
  }

  private void checkUnused(StorageDefinition storage, Position position, CatalogSnapshot catalog) {
    List<String> uses = new ArrayList<>();
    List<String> hints = new ArrayList<>();
    Set<String> tables = tablesOf(storage, catalog);
    if (!tables.isEmpty()) {
      uses.add("segments of these tables are in it, or are to be: " + String.join(", ", tables));
      hints.add("ALTER TABLE ... SET (STORAGE_ID = 'local') moves a table away.");
    }
    List<UserId> users = storages().usersOf(storage.id());
    if (!users.isEmpty()) {
      uses.add("it is the storage of " + listed(users));
      hints.add("ALTER USER ... RESET STORAGE_ID moves a user's partitions away.");
    }
    if (!uses.isEmpty()) {
      throw position
          .error(
              ErrorCode.DEPENDENT_OBJECTS_EXIST,
              "cannot drop storage \"" + storage.id() + "\": " + String.join("; ", uses))
          .withHint(String.join(" ", hints));
    }
  }

  private Set<String> tablesOf(StorageDefinition storage, CatalogSnapshot catalog) {
    Set<String> tables = new TreeSet<>();
    for (TableDefinition table : catalog.tables()) {
      if (storage.id().equals(table.options().storageId())) {
        tables.add(table.id().toString());
      }
    }
    try (KvSnapshot newest = engine.store().snapshot()) {
      for (int number : contents().tablesIn(storage.number(), newest)) {
        TableDefinition table = catalog.table(number);
        tables.add(table == null ? "table " + number : table.id().toString());
      }
    }
    return tables;
  }

  private static String listed(List<UserId> users) {
    String some =
        users.stream()
            .limit(USERS_NAMED)
            .map(user -> "user \"" + user + '"')
            .collect(Collectors.joining(", "));
    return users.size() <= USERS_NAMED
        ? some
        : some + " and " + (users.size() - USERS_NAMED) + " more";
  }

  /** Files of dropped tables go when nobody reads them any more, and not with the storage. */
  private void checkUnread(StorageDefinition storage, Position position) {
    long deadline = System.nanoTime() + UNREAD_NANOS;
    List<String> left = contents().segments(storage.number());
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(UNREAD_NANOS / 100); // A move that has just ended deletes them now.
      left = contents().segments(storage.number());
    }
    if (!left.isEmpty()) {
      throw position
          .error(
              ErrorCode.OBJECT_IN_USE,
              "cannot drop storage \""
                  + storage.id()
                  + "\": "
                  + left.size()
                  + " files of dropped or moved tables are still in it")
          .withHint("Close results and transactions that are older, or open the database again.");
    }
    contents().ownFiles(storage.number()).forEach(storages().files()::delete);
  }

  // ---- what they show

  /** Writes, reads and deletes a file in a storage. */
  void check(Identifier name) {
    StorageDefinition storage = named(name, engine.currentCatalog());
    String problem = storages().files().problem(storage.number());
    if (problem != null) {
      throw name.position()
          .error(
              ErrorCode.IO_ERROR, "storage \"" + storage.id() + "\" is not available: " + problem);
    }
    located(
        name.position(),
        () -> {
          StorageDirectory.probe(storages().files().root(storage.number()));
          return name;
        });
  }

  /** The rows of {@code system.storages} and SHOW STORAGES: the local one first, then by name. */
  List<@Nullable Object[]> rows() {
    Storages all = storages();
    try (ReadView view = engine.pipeline().acquireView()) {
      Map<Integer, StorageContents.Use> use = contents().use(view.snapshot());
      Map<String, Long> tables = new TreeMap<>();
      for (TableDefinition table : view.catalog().tables()) {
        String id = table.options().storageId();
        tables.merge(id == null ? StorageDefinition.LOCAL_ID : id, 1L, Long::sum);
      }
      List<@Nullable Object[]> rows = new ArrayList<>();
      for (StorageDefinition storage : view.catalog().storages()) {
        String problem = all.files().problem(storage.number());
        StorageContents.Use used = use.getOrDefault(storage.number(), StorageContents.Use.NONE);
        String path = storage.path();
        rows.add(
            new @Nullable Object[] {
              storage.id(),
              "filesystem",
              storage.title(),
              storage.description(),
              path == null ? all.files().root(0).toString() : path,
              sharedPaths(storage).toString(),
              userPaths(storage).toString(),
              storage.isLocal() ? null : Instant.ofEpochMilli(storage.createdMillis()),
              problem == null,
              problem,
              tables.getOrDefault(storage.id(), 0L),
              used.segments(),
              used.bytes()
            });
      }
      return rows;
    }
  }

  /** The row of one storage. */
  List<@Nullable Object[]> rows(Identifier name) {
    StorageDefinition storage = named(name, engine.currentCatalog());
    return rows().stream().filter(row -> storage.id().equals(row[0])).toList();
  }

  private static <T> T located(Position position, Supplier<T> action) {
    try {
      return action.get();
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }
}

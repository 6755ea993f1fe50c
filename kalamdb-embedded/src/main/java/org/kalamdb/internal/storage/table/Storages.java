package org.kalamdb.internal.storage.table;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.StorageDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.file.PathTemplate;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.file.StorageOwner;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/**
 * The storages of an open database: their files, and the directories of partitions in them. Follows
 * the catalog, one commit after the other; thread-safe.
 */
public final class Storages {
  private final StorageFiles files;
  private final @Nullable StorageOwner owner;
  private final Map<String, Home> homes = new ConcurrentHashMap<>();
  private final Map<UserId, String> users;
  private volatile Consumer<UserMove> userListener = moved -> {};

  /**
   * A storage with its templates compiled.
   *
   * @param number of the storage
   */
  public record Home(int number, String storage, PathTemplate sharedPaths, PathTemplate userPaths) {
    /** The storage as it is described. */
    public static Home of(StorageDefinition storage) {
      return new Home(
          storage.number(),
          storage.id(),
          PathTemplate.ofSharedTables(
              Objects.requireNonNullElse(storage.sharedTemplate(), PathTemplate.DEFAULT_SHARED)),
          PathTemplate.ofUserTables(
              Objects.requireNonNullElse(storage.userTemplate(), PathTemplate.DEFAULT_USER)));
    }

    /** The directory of a partition, by its name among all storages' files. */
    public String directoryOf(TableId table, @Nullable UserId user) {
      PathTemplate template = user == null ? sharedPaths : userPaths;
      return StorageFiles.nameOf(number, template.directoryOf(table, user));
    }

    /** Whether partitions have the directories in the other that they have here. */
    public boolean isSamePlace(Home other) {
      return number == other.number
          && sharedPaths.toString().equals(other.sharedPaths.toString())
          && userPaths.toString().equals(other.userPaths.toString());
    }
  }

  /**
   * A user's storage was named, the same one again perhaps: a move was killed.
   *
   * @param before the storage until then; null: none
   * @param seq of the commit
   */
  public record UserMove(UserId user, @Nullable String before, long seq) {}

  /**
   * @param localRoot where the local storage is
   * @param owner null for a database in memory, which has no other
   * @param users those who have a storage of their own, with its name
   */
  public Storages(
      Path localRoot,
      @Nullable StorageOwner owner,
      Collection<StorageDefinition> storages,
      Map<UserId, String> users) {
    this.users = new ConcurrentHashMap<>(users);
    this.files = new StorageFiles(localRoot);
    this.owner = owner;
    storages.forEach(this::put);
  }

  /** A storage is there from now on, or has other templates. */
  public void put(StorageDefinition storage) {
    String path = storage.path();
    UUID token = storage.token();
    if (!storage.isLocal() && !files.numbers().contains(storage.number())) {
      if (owner == null || path == null || token == null) {
        throw new IllegalArgumentException("Not a storage of a database on disk: " + storage.id());
      }
      files.attach(storage.number(), storage.id(), Path.of(path), token, owner);
    }
    homes.put(storage.id(), Home.of(storage));
  }

  /** A storage is there no more. */
  public void remove(StorageDefinition storage) {
    homes.remove(storage.id());
    files.detach(storage.number());
  }

  /** Names who is told when a user's storage has changed, under the commit lock; one at most. */
  public void onUser(Consumer<UserMove> listener) {
    userListener = listener;
  }

  /**
   * A user has a storage of their own from now on; call it under the commit lock.
   *
   * @param storage null: not any more
   */
  public void putUser(UserId user, @Nullable String storage, long seq) {
    String before = storage == null ? users.remove(user) : users.put(user, storage);
    userListener.accept(new UserMove(user, before, seq));
  }

  /** The name of the storage that a user has; null: none. */
  public @Nullable String ofUser(UserId user) {
    return users.get(user);
  }

  /** Users who have the storage, by id. */
  public List<UserId> usersOf(String storage) {
    return users.entrySet().stream()
        .filter(entry -> entry.getValue().equals(storage))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  public StorageFiles files() {
    return files;
  }

  /** Whose the storages are; null for a database in memory. */
  public @Nullable StorageOwner owner() {
    return owner;
  }

  /**
   * Where new segments of a partition go: into the user's storage if the table says so and the user
   * has one, else into the table's.
   *
   * @throws KalamException XX001 if the catalog lost the storage
   */
  public Home homeOf(TableDefinition table, @Nullable UserId user) {
    String own = user != null && table.options().useUserStorage() ? users.get(user) : null;
    String id = own != null ? own : table.options().storageId();
    Home home = homes.get(id == null ? StorageDefinition.LOCAL_ID : id);
    if (home == null) {
      throw new KalamException(
          ErrorCode.DATA_CORRUPTED,
          "storage \"" + id + "\" of table " + table.id() + " is not in the catalog");
    }
    return home;
  }

  /** Whether some storage cannot be used now. */
  public boolean isAnyUnavailable() {
    return files.numbers().stream().anyMatch(number -> files.problem(number) != null);
  }

  /** The name of a storage, or its number if there is none. */
  public String nameOf(int number) {
    return homes.values().stream()
        .filter(home -> home.number() == number)
        .map(Home::storage)
        .findFirst()
        .orElse(Integer.toString(number));
  }
}

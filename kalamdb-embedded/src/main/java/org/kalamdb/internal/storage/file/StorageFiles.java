package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * The files of all storages of a database: each storage is a {@link FileStore} of its own, and this
 * one hands a call on to the store that the path names. A file of the local storage goes by its
 * path there; one of another by {@code @number/path}, and no path in a storage begins so. Such
 * names stand in manifests. Thread-safe.
 *
 * <p>A storage whose directory is missing, or does not show the storage's marker, is not available:
 * calls for its files fail with 58030, which names the storage and the directory; nothing is found
 * missing or deleted there.
 */
public final class StorageFiles implements FileStore {
  private static final char NUMBERED = '@';
  private static final String SET_ASIDE = StorageMarker.OWN_PREFIX + "lost";

  private final LocalFileStore local;
  private final Map<Integer, Place> others = new ConcurrentHashMap<>();

  /**
   * A storage beside the local one.
   *
   * @param files null if it is not available
   * @param problem what is the matter then
   */
  private record Place(
      String id, Path directory, @Nullable LocalFileStore files, @Nullable String problem) {
    FileStore available() {
      LocalFileStore store = files;
      if (store == null || !StorageMarker.isThere(directory)) {
        throw refusal();
      }
      return store;
    }

    KalamException refusal() {
      return new KalamException(
              ErrorCode.IO_ERROR,
              "storage \""
                  + id
                  + "\" is not available: "
                  + (problem == null ? missingMarker(directory) : problem))
          .withHint("Bring the directory back as it was, and open the database again.");
    }
  }

  public StorageFiles(Path localRoot) {
    this.local = new LocalFileStore(localRoot);
  }

  // ---- names

  /** The name of a file or directory of a storage. */
  public static String nameOf(int storage, String path) {
    return storage == 0 ? path : NUMBERED + Integer.toString(storage) + '/' + path;
  }

  /** The number of the storage that a file is in; 0: the local one. */
  public static int storageOf(String file) {
    return file.isEmpty() || file.charAt(0) != NUMBERED
        ? 0
        : Integer.parseInt(file, 1, file.indexOf('/'), 10);
  }

  /** The file's path in its storage. */
  public static String pathOf(String file) {
    return file.isEmpty() || file.charAt(0) != NUMBERED
        ? file
        : file.substring(file.indexOf('/') + 1);
  }

  // ---- storages

  /**
   * Takes up a storage that was made before, available or not.
   *
   * @param token what its directory must show
   */
  public void attach(int number, String id, Path directory, UUID token, StorageOwner owner) {
    String problem;
    LocalFileStore files = null;
    try {
      problem = problemOf(directory, token, owner);
      if (problem == null) {
        files = LocalFileStore.ofExisting(directory);
      }
    } catch (IOException | KalamException e) {
      problem = "its directory " + directory + " cannot be used: " + e.getMessage();
    }
    others.put(number, new Place(id, directory, files, problem));
  }

  private static @Nullable String problemOf(Path directory, UUID token, StorageOwner owner)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      return "its directory " + directory + " is missing";
    }
    StorageMarker marker = StorageMarker.read(directory);
    if (marker == null) {
      return missingMarker(directory);
    }
    if (!marker.token().equals(token)) {
      return "directory " + directory + " is of another storage";
    }
    if (marker.isOfAnother(owner)) {
      return "directory "
          + directory
          + " belongs to the database in "
          + marker.database()
          + ", of which this one is a copy";
    }
    if (!marker.database().equals(owner.database().toString())) {
      new StorageMarker(token, owner.database().toString()).write(directory); // It has moved.
    }
    return null;
  }

  private static String missingMarker(Path directory) {
    return "directory "
        + directory
        + " is missing, or has no sound "
        + StorageMarker.FILE_NAME
        + " (is its disk mounted?)";
  }

  /** Forgets a storage. */
  public void detach(int number) {
    others.remove(number);
  }

  /** What keeps a storage from being used; null if nothing does. */
  public @Nullable String problem(int number) {
    if (number == 0) {
      return null;
    }
    Place place = others.get(number);
    if (place == null) {
      return "there is no storage of number " + number;
    }
    return place.problem() == null && !StorageMarker.isThere(place.directory())
        ? missingMarker(place.directory())
        : place.problem();
  }

  /** The directory of a storage. */
  public Path root(int number) {
    if (number == 0) {
      return local.root();
    }
    Place place = others.get(number);
    if (place == null) {
      throw unknown(number);
    }
    return place.directory();
  }

  private static KalamException unknown(int number) {
    return new KalamException(
        ErrorCode.DATA_CORRUPTED, "the catalog has no storage of number " + number);
  }

  /** The storages, available or not, by number. */
  public List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>(others.keySet());
    numbers.add(0);
    numbers.sort(null);
    return numbers;
  }

  /** Paths of all files of a storage, ours about the storage itself apart, ascending. */
  public List<String> listStorage(int number) {
    List<String> files = new ArrayList<>();
    for (String path : storeOf(number).list("")) {
      if (number == 0 || !path.startsWith(StorageMarker.OWN_PREFIX)) {
        files.add(nameOf(number, path));
      }
    }
    return files;
  }

  /** Moves a file of a storage beside the local one out of the database's sight. */
  public void setAside(String file, String occasion) {
    publish(file, nameOf(storageOf(file), SET_ASIDE + "/" + occasion + "/" + pathOf(file)));
  }

  private FileStore storeOf(int number) {
    if (number == 0) {
      return local;
    }
    Place place = others.get(number);
    if (place == null) {
      throw unknown(number);
    }
    return place.available();
  }

  /** What a call gives; a file that is not there with its whole storage is another matter. */
  private <T> T call(String file, Function<FileStore, T> call) {
    int number = storageOf(file);
    FileStore store = storeOf(number);
    try {
      return call.apply(store);
    } catch (KalamException e) {
      if (number != 0) {
        storeOf(number);
      }
      throw e;
    }
  }

  // ---- files

  @Override
  public ReadableFile open(String file) {
    return call(file, store -> store.open(pathOf(file)));
  }

  @Override
  public WritableFile create(String file) {
    return call(file, store -> store.create(pathOf(file)));
  }

  /** Within one storage. */
  @Override
  public void publish(String from, String to) {
    if (storageOf(from) != storageOf(to)) {
      throw new IllegalArgumentException("In two storages: " + from + ", " + to);
    }
    storeOf(storageOf(from)).publish(pathOf(from), pathOf(to));
  }

  /** Each within one storage. */
  @Override
  public void publishAll(List<Unnamed> files) {
    Map<Integer, List<Unnamed>> byStorage = new TreeMap<>();
    for (Unnamed each : files) {
      int number = storageOf(each.from());
      if (number != storageOf(each.to())) {
        throw new IllegalArgumentException("In two storages: " + each.from() + ", " + each.to());
      }
      byStorage
          .computeIfAbsent(number, n -> new ArrayList<>())
          .add(new Unnamed(each.file(), pathOf(each.from()), pathOf(each.to())));
    }
    byStorage.forEach((number, there) -> storeOf(number).publishAll(there));
  }

  @Override
  public List<String> list(String directory) {
    int number = storageOf(directory);
    return storeOf(number).list(pathOf(directory)).stream()
        .map(path -> nameOf(number, path))
        .toList();
  }

  @Override
  public boolean delete(String file) {
    return call(file, store -> store.delete(pathOf(file)));
  }

  @Override
  public long size(String file) {
    return call(file, store -> store.size(pathOf(file)));
  }

  @Override
  public String location(String file) {
    int number = storageOf(file);
    Place place = others.get(number);
    return number != 0 && place != null && place.files() == null
        ? place.directory().resolve(pathOf(file)).toString()
        : storeOf(number).location(pathOf(file));
  }
}

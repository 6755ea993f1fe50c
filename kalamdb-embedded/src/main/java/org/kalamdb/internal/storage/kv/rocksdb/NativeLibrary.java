package org.kalamdb.internal.storage.kv.rocksdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * RocksDB's native library, unpacked once into a directory that later processes use again. Left to
 * itself the RocksDB jar unpacks 17 MB into the temporary folder at every start and leaves them
 * there after a kill.
 *
 * <p>The directory is {@code <java.io.tmpdir>/kalamdb-native-<user>/rocksdbjni-<size>-<crc>}, or
 * below the system property {@value #DIRECTORY_PROPERTY}. On POSIX systems it must be this user's
 * and nobody else may write to it; a found library is used only if its size and CRC are right.
 */
final class NativeLibrary {
  /** System property: where to unpack instead of the temporary folder. */
  static final String DIRECTORY_PROPERTY = "kalamdb.native.dir";

  private static final Set<PosixFilePermission> OTHERS_WRITE =
      EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private static boolean loaded;

  private NativeLibrary() {}

  /** Loads the library if it is not loaded yet; by RocksDB's own way if ours fails. */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    // RocksDB asks a process of the system which C library it has; the JVM's thread that waits for
    // it would hold the application's class loader for as long as it lives.
    Thread thread = Thread.currentThread();
    ClassLoader context = thread.getContextClassLoader();
    thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
    try {
      loadNow();
    } finally {
      thread.setContextClassLoader(context);
    }
  }

  private static void loadNow() {
    @Nullable Exception failure = null;
    try {
      Path directory = unpack(baseDirectory());
      RocksDB.loadLibrary(List.of(directory.toString()));
      loaded = true;
      return;
    } catch (IOException | UnsatisfiedLinkError e) {
      // Another class loader may hold the file, or the folder forbids execution.
      failure = e instanceof IOException io ? io : new IOException(e);
    }
    try {
      RocksDB.loadLibrary();
      loaded = true;
    } catch (RuntimeException | UnsatisfiedLinkError e) {
      e.addSuppressed(failure);
      throw new KalamException(
              ErrorCode.IO_ERROR, "The native library of RocksDB cannot be loaded", e)
          .withHint("Set -D" + DIRECTORY_PROPERTY + " to a directory that permits execution");
    }
  }

  static Path baseDirectory() {
    String configured = System.getProperty(DIRECTORY_PROPERTY);
    if (configured != null && !configured.isBlank()) {
      return Path.of(configured);
    }
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
    return Path.of(System.getProperty("java.io.tmpdir"), "kalamdb-native-" + user);
  }

  /** Makes sure that the library is below {@code base} and returns the directory it is in. */
  static Path unpack(Path base) throws IOException {
    Resource resource = Resource.find();
    createPrivate(base);
    Path directory =
        base.resolve("rocksdbjni-" + resource.size + "-" + Long.toHexString(resource.crc));
    createPrivate(directory);
    Path library = directory.resolve(resource.name);
    if (!resource.isCopiedTo(library)) {
      Path temporary = Files.createTempFile(directory, "unpacking", null);
      try {
        try (InputStream in = resource.open()) {
          Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
        }
        moveInto(temporary, library);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
    return directory;
  }

  private static void moveInto(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void createPrivate(Path directory) throws IOException {
    boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    Files.createDirectories(directory, attributes);
    if (!posix) {
      return;
    }
    Set<PosixFilePermission> permissions =
        EnumSet.copyOf(Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS));
    permissions.retainAll(OTHERS_WRITE);
    String owner = Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS).getName();
    Path probe = Files.createTempFile(directory, "probe", null);
    try {
      if (!permissions.isEmpty() || !owner.equals(Files.getOwner(probe).getName())) {
        throw new IOException("Others may write to the directory for native code: " + directory);
      }
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /** The library in the RocksDB jar. */
  private static final class Resource {
    private final String name;
    private final URL url;
    private final long size;
    private final long crc;

    private Resource(String name, URL url, long size, long crc) {
      this.name = name;
      this.url = url;
      this.size = size;
      this.crc = crc;
    }

    static Resource find() throws IOException {
      String name = Environment.getJniLibraryFileName("rocksdb");
      URL url = RocksDB.class.getClassLoader().getResource(name);
      if (url == null) {
        throw new IOException("The RocksDB jar has no library for this platform: " + name);
      }
      URLConnection connection = url.openConnection();
      if (connection instanceof JarURLConnection jar) {
        JarEntry entry = jar.getJarEntry();
        if (entry != null && entry.getCrc() >= 0 && entry.getSize() >= 0) {
          return new Resource(name, url, entry.getSize(), entry.getCrc());
        }
      }
      long[] sizeAndCrc = sizeAndCrc(url.openStream());
      return new Resource(name, url, sizeAndCrc[0], sizeAndCrc[1]);
    }

    InputStream open() throws IOException {
      return url.openStream();
    }

    boolean isCopiedTo(Path file) throws IOException {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != size) {
        return false;
      }
      return sizeAndCrc(Files.newInputStream(file))[1] == crc;
    }

    private static long[] sizeAndCrc(InputStream in) throws IOException {
      CRC32 crc = new CRC32();
      long size = 0;
      try (CheckedInputStream checked = new CheckedInputStream(in, crc)) {
        byte[] buffer = new byte[1 << 16];
        for (int n = checked.read(buffer); n >= 0; n = checked.read(buffer)) {
          size += n;
        }
      }
      return new long[] {size, crc.getValue()};
    }
  }
}

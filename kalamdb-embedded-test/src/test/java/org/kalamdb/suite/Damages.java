package org.kalamdb.suite;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Random damage to one file of a directory. */
final class Damages {
  private Damages() {}

  enum Kind {
    BIT,
    SECTOR,
    PAGE,
    CUT,
    GARBAGE,
    APPENDED,
    DELETED,
    OLDER
  }

  /** What was done to which file. */
  record Damage(Path file, Kind kind, String words) {
    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * Damages one file; all files are equally likely but those that hold no data, which come up a
   * tenth as often.
   *
   * @param older the same directory at an earlier time
   */
  static Damage apply(Path directory, Path older, Random random) throws IOException {
    List<Path> files = new ArrayList<>(files(directory));
    Path file;
    do {
      file = files.get(random.nextInt(files.size()));
    } while (isOfNoUse(file) && random.nextInt(10) > 0);
    Path name = directory.relativize(file);
    Path before = older.resolve(name);
    long length = Files.size(file);
    Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
    if (kind == Kind.OLDER && (!Files.exists(before) || Files.mismatch(file, before) < 0)) {
      kind = Kind.BIT;
    }
    if (length == 0 && kind != Kind.APPENDED) {
      kind = Kind.DELETED;
    }
    return new Damage(
        file, kind, name + " of " + length + " bytes: " + apply(file, kind, before, random));
  }

  private static boolean isOfNoUse(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("LOG")
        || name.startsWith("OPTIONS")
        || name.equals("LOCK")
        || name.equals("IDENTITY")
        || name.equals("kalam.lock");
  }

  private static String apply(Path file, Kind kind, Path older, Random random) throws IOException {
    if (kind == Kind.DELETED) {
      Files.delete(file);
      return "deleted";
    }
    if (kind == Kind.OLDER) {
      Files.copy(older, file, StandardCopyOption.REPLACE_EXISTING);
      return "as it was earlier, with " + Files.size(older) + " bytes";
    }
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      long length = access.length();
      return switch (kind) {
        case BIT -> flip(access, random.nextLong(length), 1 << random.nextInt(8));
        case SECTOR -> zero(access, random.nextLong(length) / 512 * 512, 512);
        case PAGE -> zero(access, random.nextLong(length) / 4096 * 4096, 4096);
        case CUT -> {
          long to =
              random.nextBoolean()
                  ? random.nextLong(length)
                  : length - 1 - random.nextLong(Math.min(length, 200));
          access.setLength(to);
          yield "cut to " + to;
        }
        case GARBAGE -> garbage(access, random.nextLong(length), random);
        case APPENDED -> garbage(access, length, random);
        case DELETED, OLDER -> throw new IllegalStateException();
      };
    }
  }

  private static String flip(RandomAccessFile file, long at, int bit) throws IOException {
    file.seek(at);
    int old = file.read();
    file.seek(at);
    file.write(old ^ bit);
    return "bit " + bit + " at " + at + " turned";
  }

  private static String zero(RandomAccessFile file, long at, int bytes) throws IOException {
    file.seek(at);
    file.write(new byte[(int) Math.min(bytes, file.length() - at)]);
    return bytes + " bytes at " + at + " zeroed";
  }

  private static String garbage(RandomAccessFile file, long at, Random random) throws IOException {
    byte[] garbage = new byte[1 + random.nextInt(100)];
    random.nextBytes(garbage);
    file.seek(at);
    file.write(garbage);
    return garbage.length + " bytes of garbage at " + at;
  }

  // ---- trees

  static TreeSet<Path> files(Path directory) throws IOException {
    TreeSet<Path> files = new TreeSet<>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(file);
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  static Path copyTree(Path from, Path to) throws IOException {
    for (Path file : files(from)) {
      Path target = to.resolve(from.relativize(file));
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
    return to;
  }

  static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}

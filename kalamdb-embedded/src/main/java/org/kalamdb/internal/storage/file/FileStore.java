package org.kalamdb.internal.storage.file;

import java.util.List;

/**
 * The seam to where files of segments lie, one implementation for each kind of storage: a tree of
 * immutable files named by relative paths with {@code /} between the parts. A file comes into being
 * under a temporary name and is published when it is whole. Thread-safe, and no call is disturbed
 * by {@link Thread#interrupt}.
 *
 * <p>What callers rely on, and an implementation over an object store must give too: {@link
 * ReadableFile} reads any range without reading the rest; {@link #create} never touches a file that
 * is there (a conditional put); a file that {@link #publish} or {@link #publishAll} has
 * acknowledged outlives a power cut; {@link #list} shows what was acknowledged before it was
 * called. No directory is ever created, renamed or deleted for its own sake, and nobody lists one
 * to learn which segments there are: manifests name them.
 *
 * <p>Failures are {@link org.kalamdb.error.KalamException}: 58P01 for a file that is not there,
 * 53100 for a full disk, 58030 for other trouble, 42602 for a path that leaves the store.
 */
public interface FileStore {
  /** Opens a file for reading at any place. */
  ReadableFile open(String path);

  /**
   * A file that is written, and complete, under a temporary name.
   *
   * @param from that name
   * @param to the one it is to have
   */
  record Unnamed(WritableFile file, String from, String to) {}

  /** Creates a file that does not exist yet, with the directories above it. */
  WritableFile create(String path);

  /**
   * Gives a synced file its final name, replacing a file that has it, in one step that a power cut
   * leaves done or undone; on return the name is on disk.
   */
  void publish(String from, String to);

  /**
   * Puts files on disk, closes them and gives them their final names, as {@link #publish} would one
   * by one, in less time. After a failure any of them may have its name.
   */
  void publishAll(List<Unnamed> files);

  /** Paths of all files at or below a directory, ascending; empty if there is no such directory. */
  List<String> list(String directory);

  /** Removes a file; false if it was not there. */
  boolean delete(String path);

  /** Bytes of the file, or -1 if there is none. */
  long size(String path);

  /** Where others than this database find the file: an absolute path, or a URL. */
  String location(String path);
}

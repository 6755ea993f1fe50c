package org.kalamdb.internal.catalog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/**
 * Keys of the catalog family: {@code 'n' name} for namespaces, {@code 't' number} for tables,
 * {@code 'v' id} for views, {@code 's' name} for storages, {@code 'u' id} for users.
 */
public final class CatalogKeys {
  /** Where the next number of a table or storage is kept (4 bytes, big-endian). */
  public static final byte[] NEXT_TABLE_NUMBER = {'#'};

  /** The first byte of every namespace key. */
  public static final byte NAMESPACE = 'n';

  /** The first byte of every table key. */
  public static final byte TABLE = 't';

  /** The first byte of every view key. */
  public static final byte VIEW = 'v';

  /** The first byte of every storage key. */
  public static final byte STORAGE = 's';

  /** The first byte of every user key. */
  public static final byte USER = 'u';

  private CatalogKeys() {}

  public static byte[] namespace(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put(NAMESPACE).put(utf8).array();
  }

  public static byte[] storage(String id) {
    byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put(STORAGE).put(utf8).array();
  }

  public static byte[] user(UserId id) {
    byte[] utf8 = id.toUtf8();
    return ByteBuffer.allocate(1 + utf8.length).put(USER).put(utf8).array();
  }

  public static byte[] view(TableId id) {
    // A point within a name must not pass for the one between the names.
    String text = escaped(id.namespace().name()) + '.' + escaped(id.name());
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put(VIEW).put(utf8).array();
  }

  private static String escaped(String name) {
    return name.replace("%", "%25").replace(".", "%2E");
  }

  public static byte[] table(int number) {
    return ByteBuffer.allocate(5).put(TABLE).putInt(number).array();
  }
}

package org.kalamdb.internal.catalog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.schema.UserId;

/**
 * Users as bytes: a format byte, then the fields but for the id, which is the key; texts in UTF-8
 * with a four-byte length behind a flag byte.
 */
public final class UserCodec {
  private static final int FORMAT = 1;

  private UserCodec() {}

  public static byte[] encode(UserDefinition user) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(32);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      String storage = user.storageId();
      out.writeBoolean(storage != null);
      if (storage != null) {
        byte[] utf8 = Utf8.encode(storage);
        out.writeInt(utf8.length);
        out.write(utf8);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * @param key of the entry, as {@link CatalogKeys#user}
   * @throws KalamException XX001 if the bytes are not of a user
   */
  public static UserDefinition decode(byte[] key, byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "A user has format " + format + ", this version reads " + FORMAT);
      }
      return new UserDefinition(new UserId(Utf8.decode(key, 1, key.length - 1)), storage(in));
    } catch (IOException | IllegalArgumentException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A user cannot be read", e);
    }
  }

  private static @Nullable String storage(DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      return null;
    }
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a length of " + length);
    }
    return Utf8.decode(in.readNBytes(length), 0, length);
  }
}

package org.kalamdb.internal.catalog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Utf8;

/**
 * Storages as bytes: a format byte, then the fields in the order of the record, numbers big-endian,
 * texts in UTF-8 with a four-byte length, nullable ones behind a flag byte, the token as text.
 */
public final class StorageCodec {
  private static final int FORMAT = 1;

  private StorageCodec() {}

  public static byte[] encode(StorageDefinition storage) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(storage.number());
      writeText(out, storage.id());
      writeText(out, storage.title());
      writeText(out, storage.description());
      writeText(out, storage.path());
      writeText(out, storage.sharedTemplate());
      writeText(out, storage.userTemplate());
      UUID token = storage.token();
      writeText(out, token == null ? null : token.toString());
      out.writeLong(storage.createdMillis());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * @throws KalamException XX001 if the bytes are not of a storage
   */
  public static StorageDefinition decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "A storage has format " + format + ", this version reads " + FORMAT);
      }
      int number = in.readInt();
      String id = readText(in);
      if (id == null) {
        throw new IOException("no name");
      }
      String title = readText(in);
      String description = readText(in);
      String path = readText(in);
      String sharedTemplate = readText(in);
      String userTemplate = readText(in);
      String token = readText(in);
      return new StorageDefinition(
          number,
          id,
          title,
          description,
          path,
          sharedTemplate,
          userTemplate,
          token == null ? null : UUID.fromString(token),
          in.readLong());
    } catch (IOException | IllegalArgumentException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A storage cannot be read", e);
    }
  }

  private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      byte[] utf8 = Utf8.encode(text);
      out.writeInt(utf8.length);
      out.write(utf8);
    }
  }

  private static @Nullable String readText(DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      return null;
    }
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a length of " + length);
    }
    byte[] utf8 = in.readNBytes(length);
    return Utf8.decode(utf8, 0, utf8.length);
  }
}

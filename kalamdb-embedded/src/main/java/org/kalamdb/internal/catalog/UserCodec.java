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
import org.kalamdb.internal.catalog.UserDefinition.Account;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;

/**
 * Users as bytes: a format byte, then the fields but for the id, which is the key; texts in UTF-8
 * with a four-byte length, behind a flag byte where they may be missing. Format 1 ends before the
 * account, and is still written for users without one.
 */
public final class UserCodec {
  private static final int WITHOUT_ACCOUNT = 1;
  private static final int FORMAT = 2;

  private UserCodec() {}

  public static byte[] encode(UserDefinition user) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(32);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      Account account = user.account();
      out.writeByte(account == null ? WITHOUT_ACCOUNT : FORMAT);
      writeText(out, user.storageId());
      if (account != null) {
        out.writeByte(code(account.role()));
        writeText(out, account.passwordHash());
        writeText(out, account.email());
        out.writeLong(account.createdMillis());
        Long dropped = account.droppedMillis();
        out.writeBoolean(dropped != null);
        if (dropped != null) {
          out.writeLong(dropped);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      byte[] utf8 = Utf8.encode(text);
      out.writeInt(utf8.length);
      out.write(utf8);
    }
  }

  private static int code(Role role) {
    return switch (role) {
      case USER -> 1;
      case SERVICE -> 2;
      case DBA -> 3;
      case SYSTEM -> 4;
      case ANONYMOUS -> throw new IllegalArgumentException("Nobody is created anonymous");
    };
  }

  private static Role role(int code) throws IOException {
    return switch (code) {
      case 1 -> Role.USER;
      case 2 -> Role.SERVICE;
      case 3 -> Role.DBA;
      case 4 -> Role.SYSTEM;
      default -> throw new IOException("a role of number " + code);
    };
  }

  /**
   * @param key of the entry, as {@link CatalogKeys#user}
   * @throws KalamException XX001 if the bytes are not of a user
   */
  public static UserDefinition decode(byte[] key, byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT && format != WITHOUT_ACCOUNT) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "A user has format " + format + ", this version reads up to " + FORMAT);
      }
      return new UserDefinition(
          new UserId(Utf8.decode(key, 1, key.length - 1)),
          text(in),
          format == FORMAT ? account(in) : null);
    } catch (IOException | IllegalArgumentException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A user cannot be read", e);
    }
  }

  private static Account account(DataInputStream in) throws IOException {
    return new Account(
        role(in.readUnsignedByte()),
        text(in),
        text(in),
        in.readLong(),
        in.readBoolean() ? in.readLong() : null);
  }

  private static @Nullable String text(DataInputStream in) throws IOException {
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

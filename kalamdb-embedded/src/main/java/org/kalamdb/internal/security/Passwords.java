package org.kalamdb.internal.security;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Passwords as bcrypt hashes, which carry salt and cost with them. */
public final class Passwords {
  /** Each more doubles the work: a hash takes a tenth of a second or two. */
  private static final int COST = 11;

  /** bcrypt looks at no more. */
  private static final int MAX_BYTES = 72;

  /** What nothing hashes to, for the time it takes to find that out. */
  private static final String NOBODYS =
      "$2a$" + COST + "$abcdefghijklmnopqrstuuAbCdEfGhIjKlMnOpQrStUvWxYzAbCdE";

  private Passwords() {}

  /**
   * Hashes a password with a new salt.
   *
   * @throws KalamException 22023 if it is empty, longer than 72 bytes in UTF-8, or contains a NUL
   *     character; the message does not have it
   */
  public static String hash(String password) {
    byte[] utf8 = password.getBytes(StandardCharsets.UTF_8);
    try {
      if (!isPossible(utf8)) {
        throw new KalamException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            "a password has 1 to " + MAX_BYTES + " bytes in UTF-8, none of them zero");
      }
      return new String(BCrypt.withDefaults().hash(COST, utf8), StandardCharsets.US_ASCII);
    } finally {
      Arrays.fill(utf8, (byte) 0);
    }
  }

  /**
   * Whether the password has that hash. Takes as long if there is none.
   *
   * @param hash null: nothing matches
   */
  public static boolean matches(String password, @Nullable String hash) {
    byte[] utf8 = password.getBytes(StandardCharsets.UTF_8);
    try {
      boolean possible = hash != null && isPossible(utf8);
      byte[] looked = isPossible(utf8) ? utf8 : new byte[] {'x'};
      boolean same =
          BCrypt.verifyer()
              .verify(looked, (hash == null ? NOBODYS : hash).getBytes(StandardCharsets.US_ASCII))
              .verified;
      return same && possible;
    } finally {
      Arrays.fill(utf8, (byte) 0);
    }
  }

  private static boolean isPossible(byte[] utf8) {
    if (utf8.length == 0 || utf8.length > MAX_BYTES) {
      return false;
    }
    for (byte b : utf8) {
      if (b == 0) {
        return false;
      }
    }
    return true;
  }
}

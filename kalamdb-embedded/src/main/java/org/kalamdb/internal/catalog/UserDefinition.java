package org.kalamdb.internal.catalog;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;

/**
 * What the catalog knows of a user; immutable. A user of whom nothing is to be noted has no entry:
 * the application vouches for its users.
 *
 * @param storageId where the user's partitions of tables with USE_USER_STORAGE are; null: where
 *     their tables are
 * @param account what CREATE USER said; null if nobody did
 */
public record UserDefinition(UserId id, @Nullable String storageId, @Nullable Account account) {
  /**
   * A user who was created.
   *
   * @param role the greatest that sessions of the user may have
   * @param passwordHash with its salt and cost; null without a password
   * @param createdMillis when, in epoch milliseconds
   * @param droppedMillis when the user was dropped; null if not. Rows and name stay
   */
  public record Account(
      Role role,
      @Nullable String passwordHash,
      @Nullable String email,
      long createdMillis,
      @Nullable Long droppedMillis) {
    public boolean isDropped() {
      return droppedMillis != null;
    }

    public Account withRole(Role other) {
      return new Account(other, passwordHash, email, createdMillis, droppedMillis);
    }

    public Account withPasswordHash(String other) {
      return new Account(role, other, email, createdMillis, droppedMillis);
    }

    public Account withEmail(String other) {
      return new Account(role, passwordHash, other, createdMillis, droppedMillis);
    }

    /** As it is kept after DROP USER: without what could be logged in with. */
    public Account dropped(long millis) {
      return new Account(role, null, email, createdMillis, millis);
    }

    /** Without the hash. */
    @Override
    public String toString() {
      return "Account[role=" + role + ", dropped=" + isDropped() + "]";
    }
  }

  /** The role of who was created and is not dropped; else null. */
  public @Nullable Role role() {
    return account == null || account.isDropped() ? null : account.role();
  }

  public UserDefinition withAccount(Account other) {
    return new UserDefinition(id, storageId, other);
  }
}

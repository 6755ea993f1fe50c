package org.kalamdb.internal.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogLoader;
import org.kalamdb.internal.catalog.UserCodec;
import org.kalamdb.internal.catalog.UserDefinition;
import org.kalamdb.internal.catalog.UserDefinition.Account;
import org.kalamdb.internal.security.Passwords;
import org.kalamdb.internal.security.Permissions;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterUser;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterUserStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.CreateUser;
import org.kalamdb.internal.sql.parse.OperationStatement.DropUser;
import org.kalamdb.internal.sql.parse.OperationStatement.Secret;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;

/**
 * What the catalog knows of users, each change one commit. Sessions are opened for whomever the
 * application names; only who was created can be refused one. Thread-safe.
 */
final class UserExecutor {
  private final Engine engine;

  /** Rises when somebody may have lost a role. */
  private final AtomicLong version = new AtomicLong();

  UserExecutor(Engine engine) {
    this.engine = engine;
  }

  /**
   * The user of a name.
   *
   * @throws KalamException 22023 if nobody can be called that
   */
  static UserId named(String name, Position position) {
    try {
      return new UserId(name);
    } catch (IllegalArgumentException e) {
      throw position.error(ErrorCode.INVALID_PARAMETER_VALUE, String.valueOf(e.getMessage()));
    }
  }

  /** The role that the statement gives. */
  static Role roleOf(CreateUser statement) {
    String role = statement.role();
    return role == null ? Role.USER : Role.valueOf(role.toUpperCase(Locale.ROOT));
  }

  // ---- what sessions ask

  /** As long as it stays the same, {@link #checkRole} says the same. */
  long version() {
    return version.get();
  }

  /** What is known may have become another: the storage was opened again. */
  void lookAgain() {
    version.incrementAndGet();
  }

  private @Nullable UserDefinition find(UserId id) {
    byte[] key = CatalogKeys.user(id);
    byte[] entry = engine.store().get(KeyFamily.CATALOG, key, null);
    return entry == null ? null : UserCodec.decode(key, entry);
  }

  /** The role a user was created with or given since; null for others. */
  @Nullable Role roleOf(UserId id) {
    UserDefinition user = find(id);
    return user == null ? null : user.role();
  }

  /**
   * Refuses a role that a user is known not to have.
   *
   * @throws KalamException 42501
   */
  void checkRole(UserId id, Role role) {
    String missing = missing(find(id), role);
    if (missing != null) {
      throw new KalamException(ErrorCode.INSUFFICIENT_PRIVILEGE, missing);
    }
  }

  private static @Nullable String missing(@Nullable UserDefinition user, Role role) {
    Account account = user == null ? null : user.account();
    if (user == null || account == null) {
      return null;
    }
    if (account.isDropped()) {
      return "user \"" + user.id().value() + "\" was dropped";
    }
    return account.role().includes(role)
        ? null
        : "user \""
            + user.id().value()
            + "\" has role "
            + account.role().sqlName()
            + ", which does not include "
            + role.sqlName();
  }

  /** Whether it is the password of a user who was created with one and is not dropped. */
  boolean isPassword(UserId id, String password) {
    UserDefinition user = find(id);
    Account account = user == null ? null : user.account();
    return Passwords.matches(password, account == null ? null : account.passwordHash());
  }

  // ---- statements

  /**
   * Creates a user, or one again who was dropped; the rows of that name are theirs.
   *
   * @throws KalamException 42710 if there is one, 22023 for a password that cannot be, 42501 if
   *     only a dba may
   */
  void create(CreateUser statement, Permissions permissions) {
    UserId id = named(statement.user(), statement.position());
    String hash = hash(statement.password(), statement.position());
    Account account = new Account(roleOf(statement), hash, statement.email(), now(), null);
    change(
        id,
        before -> {
          Account known = before.account();
          if (known != null && !known.isDropped()) {
            if (statement.ifNotExists()) {
              return before;
            }
            throw statement
                .position()
                .error(ErrorCode.DUPLICATE_OBJECT, "user \"" + id.value() + "\" already exists");
          }
          if (known != null) {
            permissions.checkAdministration("CREATE USER of a user who was dropped");
          }
          return before.withAccount(account);
        });
  }

  /**
   * Changes a user; sessions and live queries of a role that was taken away end.
   *
   * @throws KalamException 42704 if nobody of the name was created
   */
  void alter(AlterUser statement, Permissions permissions) {
    UserId id = named(statement.user(), statement.position());
    String hash = hash(statement.password(), statement.position());
    String role = statement.role();
    Role given = role == null ? null : Role.valueOf(role.toUpperCase(Locale.ROOT));
    String email = statement.email();
    permissions.checkConcerns(given);
    change(
        id,
        before -> {
          permissions.checkConcerns(before.role());
          Account account = existing(before, statement.position());
          if (hash != null) {
            account = account.withPasswordHash(hash);
          }
          if (given != null) {
            account = account.withRole(given);
          }
          return before.withAccount(email == null ? account : account.withEmail(email));
        });
  }

  /**
   * Drops a user: nobody gets a session of that name any more. What is theirs stays.
   *
   * @throws KalamException 42704 if nobody of the name was created
   */
  void drop(DropUser statement, Permissions permissions) {
    UserId id = named(statement.user(), statement.position());
    change(
        id,
        before -> {
          permissions.checkConcerns(before.role());
          return before.role() == null && statement.ifExists()
              ? before
              : before.withAccount(existing(before, statement.position()).dropped(now()));
        });
  }

  /**
   * Gives a user a storage, or takes it away; whether the user ever was here is nobody's business.
   *
   * @throws KalamException 42704 if there is no such storage
   */
  void setStorage(AlterUserStorage statement) {
    UserId id = named(statement.user(), statement.position());
    Identifier storage = statement.storage();
    String storageId = storage == null ? null : storage.name();
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              if (storage != null && catalog.storage(storageId) == null) {
                throw storage
                    .position()
                    .error(
                        ErrorCode.UNDEFINED_OBJECT, "storage \"" + storageId + "\" does not exist");
              }
              UserDefinition known = find(id);
              Account account = known == null ? null : known.account();
              if (storageId == null && account == null) {
                batch.delete(KeyFamily.CATALOG, CatalogKeys.user(id));
              } else {
                batch.put(
                    KeyFamily.CATALOG,
                    CatalogKeys.user(id),
                    UserCodec.encode(new UserDefinition(id, storageId, account)));
              }
              return catalog;
            },
            seq -> engine.tables().cold().storages().putUser(id, storageId, seq)));
  }

  /** Commits what becomes of a user's entry. */
  private void change(UserId id, UnaryOperator<UserDefinition> change) {
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              UserDefinition known = find(id);
              UserDefinition before = known == null ? new UserDefinition(id, null, null) : known;
              UserDefinition after = change.apply(before);
              if (!after.equals(before)) {
                batch.put(KeyFamily.CATALOG, CatalogKeys.user(id), UserCodec.encode(after));
              }
              return catalog;
            },
            seq -> version.incrementAndGet()));
    UserDefinition now = find(id);
    engine.liveQueries().closeOwned(id, role -> missing(now, role));
  }

  private static Account existing(UserDefinition user, Position position) {
    Account account = user.account();
    if (account == null || account.isDropped()) {
      throw position.error(
          ErrorCode.UNDEFINED_OBJECT, "user \"" + user.id().value() + "\" does not exist");
    }
    return account;
  }

  private static @Nullable String hash(@Nullable Secret password, Position position) {
    try {
      return password == null ? null : Passwords.hash(password.value());
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  private long now() {
    return engine.options().clock().millis();
  }

  /** The rows of {@code system.users} and SHOW USERS: those of whom something is noted, by id. */
  List<@Nullable Object[]> rows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    try (ReadView view = engine.pipeline().acquireView()) {
      CatalogLoader.visitUsers(engine.store(), view.snapshot(), user -> rows.add(row(user)));
    }
    return rows;
  }

  private static @Nullable Object[] row(UserDefinition user) {
    Account account = user.account();
    Long dropped = account == null ? null : account.droppedMillis();
    return new @Nullable Object[] {
      user.id().value(),
      user.storageId(),
      account == null ? null : account.role().sqlName(),
      account == null ? null : account.email(),
      account != null && account.passwordHash() != null,
      account == null ? null : Instant.ofEpochMilli(account.createdMillis()),
      dropped == null ? null : Instant.ofEpochMilli(dropped)
    };
  }
}

package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogLoader;
import org.kalamdb.internal.catalog.UserCodec;
import org.kalamdb.internal.catalog.UserDefinition;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterUserStorage;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.UserId;

/** What the catalog knows of users, each change one commit. Thread-safe. */
final class UserExecutor {
  private final Engine engine;

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

  /**
   * Gives a user a storage, or takes it away; whether the user ever was here is nobody's business.
   *
   * @throws KalamException 42704 if there is no such storage
   */
  void setStorage(AlterUserStorage statement) {
    UserId id = named(statement.user(), statement.position());
    Identifier storage = statement.storage();
    String storageId = storage == null ? null : storage.name();
    UserDefinition user = new UserDefinition(id, storageId);
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              if (storage == null) {
                batch.delete(KeyFamily.CATALOG, CatalogKeys.user(id));
                return catalog;
              }
              if (catalog.storage(storageId) == null) {
                throw storage
                    .position()
                    .error(
                        ErrorCode.UNDEFINED_OBJECT, "storage \"" + storageId + "\" does not exist");
              }
              batch.put(KeyFamily.CATALOG, CatalogKeys.user(id), UserCodec.encode(user));
              return catalog;
            },
            seq -> engine.tables().cold().storages().putUser(id, storageId, seq)));
  }

  /** The rows of {@code system.users} and SHOW USERS: those of whom something is noted, by id. */
  List<@Nullable Object[]> rows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    try (ReadView view = engine.pipeline().acquireView()) {
      CatalogLoader.visitUsers(
          engine.store(),
          view.snapshot(),
          user -> rows.add(new @Nullable Object[] {user.id().value(), user.storageId()}));
    }
    return rows;
  }
}

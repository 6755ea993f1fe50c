package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.parse.OperationStatement.Secret;

/** Users, storages, jobs, backups and what else keeps an engine running. */
final class OperationParser {
  private static final Set<String> STORAGE_SETTINGS =
      Set.of(
          "name",
          "description",
          "path",
          "bucket",
          "prefix",
          "region",
          "endpoint",
          "shared_tables_template",
          "user_tables_template",
          "credentials_ref");
  private static final Set<String> CHANGEABLE_SETTINGS =
      Set.of("name", "description", "shared_tables_template", "user_tables_template");

  private final TokenCursor cursor;
  private final Tokens tokens;
  private final Position position;

  OperationParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.tokens = cursor.tokens();
    this.position = cursor.position();
  }

  Statement parse() {
    Statement statement = statement();
    cursor.expectEnd();
    return statement;
  }

  private Statement statement() {
    if (cursor.accept("create", "user")) {
      return createUser();
    } else if (cursor.accept("alter", "user")) {
      return alterUser();
    } else if (cursor.accept("drop", "user")) {
      boolean ifExists = cursor.acceptIfExists();
      return new OperationStatement.DropUser(cursor.stringOrName("a user"), ifExists, position);
    } else if (cursor.accept("execute")) {
      return executeAsUser();
    } else if (cursor.accept("create", "storage")) {
      return createStorage();
    } else if (cursor.accept("alter", "storage")) {
      return alterStorage();
    } else if (cursor.accept("drop", "storage")) {
      boolean ifExists = cursor.acceptIfExists();
      return new OperationStatement.DropStorage(storageId(), ifExists, position);
    } else if (cursor.accept("storage")) {
      return storage();
    } else if (cursor.accept("flush")) {
      return flush();
    } else if (cursor.accept("kill")) {
      return kill();
    } else if (cursor.accept("clear")) {
      cursor.expect("cache");
      return new OperationStatement.ClearCache(position);
    } else if (cursor.accept("checkpoint")) {
      return new OperationStatement.Checkpoint(position);
    } else if (cursor.accept("check")) {
      cursor.expect("database");
      return new OperationStatement.CheckDatabase(position);
    } else if (cursor.accept("backup")) {
      Identifier namespace = database("to");
      return new OperationStatement.BackupDatabase(namespace, cursor.string("a path"), position);
    } else if (cursor.accept("restore")) {
      Identifier namespace = database("from");
      return new OperationStatement.RestoreDatabase(namespace, cursor.string("a path"), position);
    } else if (cursor.accept("export")) {
      cursor.expect("user", "data");
      String user = forUser();
      cursor.expect("to");
      return new OperationStatement.ExportUserData(user, cursor.string("a file name"), position);
    }
    cursor.expect("purge", "user");
    return new OperationStatement.PurgeUser(cursor.stringOrName("a user"), position);
  }

  private @Nullable Identifier database(String direction) {
    cursor.expect("database");
    Identifier namespace = cursor.nullableIdentifier(!cursor.isWord(direction), "a namespace name");
    cursor.expect(direction);
    return namespace;
  }

  private @Nullable String forUser() {
    return cursor.accept("for", "user") ? cursor.stringOrName("a user") : null;
  }

  private Statement createUser() {
    tokens.hideSecrets();
    boolean ifNotExists = cursor.acceptIfNotExists();
    String user = cursor.stringOrName("a user");
    Secret password = null;
    String role = null;
    String email = null;
    while (!cursor.atEnd()) {
      if (password == null && (cursor.accept("with", "password") || cursor.accept("password"))) {
        password = new Secret(cursor.string("a password"));
      } else if (role == null && cursor.accept("role")) {
        role = role();
      } else if (email == null && cursor.accept("email")) {
        email = cursor.string("an address");
      } else {
        throw cursor.error("each of WITH PASSWORD, ROLE and EMAIL at most once");
      }
    }
    return new OperationStatement.CreateUser(user, ifNotExists, password, role, email, position);
  }

  private String role() {
    int token = cursor.next();
    String role = cursor.stringOrName("a role").toLowerCase(Locale.ROOT);
    if (!Set.of("user", "service", "dba", "system").contains(role)) {
      throw tokens.syntaxError(token, "user, service, dba or system");
    }
    return role;
  }

  private Statement alterUser() {
    tokens.hideSecrets();
    String user = cursor.stringOrName("a user");
    if (cursor.accept("reset")) {
      cursor.expect("storage_id");
      return new OperationStatement.AlterUserStorage(user, null, position);
    }
    cursor.expect("set");
    if (cursor.accept("storage_id")) {
      cursor.acceptSymbol("=");
      return new OperationStatement.AlterUserStorage(user, storageId(), position);
    }
    Secret password = null;
    String role = null;
    String email = null;
    if (cursor.accept("password")) {
      password = new Secret(cursor.string("a password"));
    } else if (cursor.accept("role")) {
      role = role();
    } else if (cursor.accept("email")) {
      email = cursor.string("an address");
    } else {
      throw cursor.error("PASSWORD, ROLE, EMAIL or STORAGE_ID");
    }
    return new OperationStatement.AlterUser(user, password, role, email, position);
  }

  private Statement executeAsUser() {
    if (!cursor.isWord("as")) {
      throw tokens.unsupported(cursor.start(), "statement EXECUTE");
    }
    cursor.expect("as", "user");
    String user = cursor.string("a user id");
    if (!cursor.isSymbol("(")) {
      throw cursor.error("\"(\"");
    }
    int open = cursor.next();
    int behind = cursor.behindParenthesis(open);
    if (tokens.isWord(open + 1, "execute")) {
      throw tokens.unsupported(open + 1, "EXECUTE AS USER inside another");
    }
    Statement inner = new StatementParser(new TokenCursor(tokens, open + 1, behind - 1)).parse();
    cursor.moveTo(behind);
    String sql = tokens.textBetween(open + 1, behind - 1);
    return new OperationStatement.ExecuteAsUser(user, inner, sql, position);
  }

  private Identifier storageId() {
    Position at = cursor.position();
    return new Identifier(cursor.stringOrName("a storage"), at);
  }

  private Statement createStorage() {
    boolean ifNotExists = cursor.acceptIfNotExists();
    Identifier id = storageId();
    cursor.expect("type");
    int token = cursor.next();
    String type = cursor.stringOrName("a storage type").toLowerCase(Locale.ROOT);
    if (!type.equals("filesystem") && !type.equals("s3")) {
      throw tokens.syntaxError(token, "filesystem or s3");
    }
    List<Option> settings = new ArrayList<>();
    while (!cursor.atEnd()) {
      settings.add(setting(STORAGE_SETTINGS));
    }
    OptionParser.requireUnique(settings);
    String required = type.equals("s3") ? "bucket" : "path";
    if (settings.stream().noneMatch(setting -> setting.name().equals(required))) {
      throw cursor.error(required.toUpperCase(Locale.ROOT));
    }
    return new OperationStatement.CreateStorage(id, ifNotExists, type, settings, position);
  }

  private Option setting(Set<String> known) {
    Identifier name = cursor.identifier("a setting of a storage");
    if (!known.contains(name.name())) {
      throw tokens.syntaxError(cursor.next() - 1, "a setting of a storage");
    }
    return new Option(name.name(), cursor.string("a value"), name.position());
  }

  private Statement alterStorage() {
    Identifier id = storageId();
    cursor.expect("set");
    return new OperationStatement.AlterStorage(id, setting(CHANGEABLE_SETTINGS), position);
  }

  private Statement storage() {
    if (cursor.accept("check")) {
      return new OperationStatement.StorageCheck(storageId(), position);
    }
    boolean flush = cursor.accept("flush");
    if (!flush && !cursor.accept("compact")) {
      throw cursor.error("FLUSH, COMPACT or CHECK");
    }
    ObjectName table = null;
    Identifier namespace = null;
    String user = null;
    if (cursor.accept("all")) {
      namespace = cursor.accept("in") ? cursor.identifier("a namespace name") : null;
    } else {
      cursor.expect("table");
      table = cursor.objectName("a table name");
      user = forUser();
    }
    return flush
        ? new OperationStatement.StorageFlush(table, namespace, user, position)
        : new OperationStatement.StorageCompact(table, namespace, user, position);
  }

  /** {@code FLUSH TABLE n.t}, the older name of STORAGE FLUSH TABLE. */
  private Statement flush() {
    cursor.expect("table");
    ObjectName table = cursor.objectName("a table name");
    return new OperationStatement.StorageFlush(table, null, forUser(), position);
  }

  private Statement kill() {
    if (cursor.accept("job")) {
      return new OperationStatement.KillJob(id(), position);
    }
    cursor.expect("live", "query");
    return new OperationStatement.KillLiveQuery(id(), position);
  }

  private String id() {
    if (cursor.isNumber()) {
      cursor.moveTo(cursor.next() + 1);
      return tokens.image(cursor.next() - 1);
    }
    return cursor.string("an id");
  }
}

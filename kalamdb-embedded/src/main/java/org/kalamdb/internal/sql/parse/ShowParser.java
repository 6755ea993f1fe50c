package org.kalamdb.internal.sql.parse;

/** SHOW and DESCRIBE. */
final class ShowParser {
  private final TokenCursor cursor;
  private final Position position;

  ShowParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.position = cursor.position();
  }

  Statement parse() {
    Statement statement;
    if (cursor.accept("show")) {
      statement = show();
    } else {
      cursor.moveTo(cursor.next() + 1);
      if (cursor.isWord("table") && cursor.next() + 1 < cursor.end()) {
        cursor.expect("table");
      }
      ObjectName table = cursor.objectName("a table name");
      statement = new ShowStatement.DescribeTable(table, cursor.accept("history"), position);
    }
    cursor.expectEnd();
    return statement;
  }

  private Statement show() {
    if (cursor.accept("namespaces") || cursor.accept("schemas")) {
      return new ShowStatement.ShowNamespaces(position);
    } else if (cursor.accept("tables")) {
      boolean in = cursor.accept("in") || cursor.accept("from");
      return new ShowStatement.ShowTables(
          cursor.nullableIdentifier(in, "a namespace name"), position);
    } else if (cursor.accept("columns")) {
      if (!cursor.accept("in")) {
        cursor.expect("from");
      }
      return new ShowStatement.ShowColumns(cursor.objectName("a table name"), position);
    } else if (cursor.accept("indexes") || cursor.accept("index")) {
      boolean of = cursor.accept("in") || cursor.accept("from");
      return new ShowStatement.ShowIndexes(of ? cursor.objectName("a table name") : null, position);
    } else if (cursor.accept("create", "table")) {
      return new ShowStatement.ShowCreateTable(cursor.objectName("a table name"), position);
    } else if (cursor.accept("stats")) {
      cursor.expect("for");
      cursor.accept("table");
      return new ShowStatement.ShowStats(cursor.objectName("a table name"), position);
    } else if (cursor.accept("optimizer", "passes")) {
      return new ShowStatement.ShowOptimizerPasses(position);
    } else if (cursor.accept("storages")) {
      return new ShowStatement.ShowStorages(null, position);
    } else if (cursor.accept("storage")) {
      Position at = cursor.position();
      Identifier id = new Identifier(cursor.stringOrName("a storage"), at);
      return new ShowStatement.ShowStorages(id, position);
    } else if (cursor.accept("users")) {
      return new ShowStatement.ShowUsers(position);
    } else if (cursor.accept("jobs")) {
      return new ShowStatement.ShowJobs(position);
    } else if (cursor.accept("live", "queries")) {
      return new ShowStatement.ShowLiveQueries(position);
    } else if (cursor.accept("backups")) {
      boolean database = cursor.accept("for", "database");
      Identifier namespace = cursor.nullableIdentifier(database, "a namespace name");
      cursor.expect("from");
      return new ShowStatement.ShowBackups(namespace, cursor.string("a path"), position);
    }
    return new ShowStatement.ShowSetting(setting(), position);
  }

  /** A setting's name may have a dot, or be two words. */
  private String setting() {
    if (cursor.accept("transaction", "isolation", "level")) {
      return "transaction_isolation";
    } else if (cursor.accept("time", "zone")) {
      return "timezone";
    }
    return cursor.objectName("a setting").toString();
  }
}

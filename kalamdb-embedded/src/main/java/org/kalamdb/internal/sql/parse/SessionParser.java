package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.parse.SessionStatement.IsolationLevel;

/** USE, SET, RESET and the statements that steer transactions. */
final class SessionParser {
  private final TokenCursor cursor;
  private final Position position;

  SessionParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.position = cursor.position();
  }

  Statement parse() {
    Statement statement = statement();
    cursor.expectEnd();
    return statement;
  }

  private Statement statement() {
    if (cursor.accept("use")) {
      if (cursor.isWordAt(0, "namespace") && cursor.next() + 1 < cursor.end()) {
        cursor.expect("namespace");
      }
      return namespace();
    } else if (cursor.accept("set")) {
      return set();
    } else if (cursor.accept("reset")) {
      return new SessionStatement.ResetStatement(settingName(), position);
    } else if (cursor.accept("begin")) {
      word();
      return begin();
    } else if (cursor.accept("start")) {
      cursor.expect("transaction");
      return begin();
    } else if (cursor.accept("commit") || cursor.accept("end")) {
      word();
      return new SessionStatement.Commit(position);
    } else if (cursor.accept("rollback") || cursor.accept("abort")) {
      return rollback();
    } else if (cursor.accept("savepoint")) {
      return new SessionStatement.Savepoint(cursor.identifier("a savepoint name"), position);
    }
    cursor.expect("release");
    cursor.accept("savepoint");
    return new SessionStatement.ReleaseSavepoint(cursor.identifier("a savepoint name"), position);
  }

  /** WORK and TRANSACTION say nothing. */
  private void word() {
    if (!cursor.accept("work")) {
      cursor.accept("transaction");
    }
  }

  private Statement namespace() {
    return new SessionStatement.UseNamespace(cursor.identifier("a namespace name"), position);
  }

  private Statement rollback() {
    word();
    if (!cursor.accept("to")) {
      return new SessionStatement.Rollback(position);
    }
    cursor.accept("savepoint");
    return new SessionStatement.RollbackToSavepoint(
        cursor.identifier("a savepoint name"), position);
  }

  private Statement begin() {
    Modes modes = modes();
    return new SessionStatement.Begin(modes.isolation, modes.readOnly, position);
  }

  private record Modes(@Nullable IsolationLevel isolation, @Nullable Boolean readOnly) {}

  private Modes modes() {
    IsolationLevel isolation = null;
    Boolean readOnly = null;
    while (!cursor.atEnd()) {
      if (isolation == null && cursor.accept("isolation", "level")) {
        isolation = isolationLevel();
      } else if (readOnly == null && cursor.accept("read", "only")) {
        readOnly = true;
      } else if (readOnly == null && cursor.accept("read", "write")) {
        readOnly = false;
      } else if (cursor.isWord("deferrable") || cursor.isWords("not", "deferrable")) {
        throw cursor.tokens().unsupported(cursor.next(), "DEFERRABLE");
      } else {
        throw cursor.error("ISOLATION LEVEL, READ ONLY or READ WRITE");
      }
      if (cursor.acceptSymbol(",") && cursor.atEnd()) {
        throw cursor.error("a transaction mode");
      }
    }
    return new Modes(isolation, readOnly);
  }

  private IsolationLevel isolationLevel() {
    if (cursor.accept("read", "committed") || cursor.accept("read", "uncommitted")) {
      return IsolationLevel.READ_COMMITTED;
    } else if (cursor.accept("repeatable", "read")) {
      return IsolationLevel.REPEATABLE_READ;
    } else if (cursor.accept("serializable")) {
      return IsolationLevel.SERIALIZABLE;
    }
    throw cursor.error("READ COMMITTED, REPEATABLE READ or SERIALIZABLE");
  }

  private Statement set() {
    if (cursor.isWord("namespace")
        && !cursor.isWordAt(1, "to")
        && !cursor.tokens().isSymbol(cursor.next() + 1, '=')) {
      cursor.expect("namespace");
      return namespace();
    }
    if (cursor.accept("transaction")) {
      Modes modes = modes();
      if (modes.isolation == null && modes.readOnly == null) {
        throw cursor.error("a transaction mode");
      }
      return new SessionStatement.SetTransaction(modes.isolation, modes.readOnly, position);
    }
    boolean local = cursor.accept("local");
    if (!local) {
      cursor.accept("session");
    }
    if (cursor.accept("time", "zone")) {
      return new SessionStatement.SetStatement("timezone", List.of(value()), local, position);
    }
    String name = settingName();
    if (!cursor.acceptSymbol("=")) {
      cursor.expect("to");
    }
    List<String> values = new ArrayList<>();
    if (!cursor.accept("default")) {
      do {
        values.add(name.equals("durability") ? durability() : value());
      } while (cursor.acceptSymbol(","));
    }
    return new SessionStatement.SetStatement(name, values, local, position);
  }

  private String settingName() {
    return cursor.objectName("a setting").toString().toLowerCase(java.util.Locale.ROOT);
  }

  /** {@code INTERVAL(100)} besides a plain value. */
  private String durability() {
    if (!cursor.accept("interval")) {
      return value();
    }
    cursor.expectSymbol("(");
    String millis = cursor.isNumber() ? value() : "";
    if (millis.isEmpty()) {
      throw cursor.error("a number of milliseconds");
    }
    cursor.expectSymbol(")");
    return "interval(" + millis + ")";
  }

  private String value() {
    return new OptionParser(cursor).value(new Identifier("value", cursor.position())).text();
  }
}

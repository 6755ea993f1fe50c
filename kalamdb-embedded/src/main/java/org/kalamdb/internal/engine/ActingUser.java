package org.kalamdb.internal.engine;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.ExplainStatement;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.OperationStatement.ExecuteAsUser;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Statement;

/**
 * A statement that a session runs as a user: EXECUTE AS USER, or INSERT ... AS USER.
 *
 * @param session the session as that user, in its own transaction if one is open
 * @param statement what is run
 */
record ActingUser(EngineSession session, ParsedStatement statement) {
  /**
   * What a statement is to be run as; null if it names nobody.
   *
   * @throws org.kalamdb.error.KalamException 42501 if the session may not act as others, or not as
   *     that one; 0A000 for statements that only a session of the user's own can run
   */
  static @Nullable ActingUser of(EngineSession session, ParsedStatement parsed) {
    Statement statement = parsed.statement();
    if (statement instanceof ExecuteAsUser execute) {
      session.permissions().checkOtherUsers("EXECUTE AS USER");
      refuseOthers(execute.statement());
      return of(
          session,
          execute.user(),
          execute.position(),
          new ParsedStatement(
              execute.statement(),
              execute.sql(),
              parsed.start(),
              parsed.end(),
              parsed.parameterCount()));
    }
    if (statement instanceof InsertStatement insert && insert.asUser() != null) {
      session.permissions().checkOtherUsers("INSERT ... AS USER");
      return of(
          session,
          insert.asUser(),
          insert.position(),
          new ParsedStatement(
              insert.withoutUser(),
              parsed.sql(),
              parsed.start(),
              parsed.end(),
              parsed.parameterCount()));
    }
    return null;
  }

  private static ActingUser of(
      EngineSession session, String user, Position position, ParsedStatement statement) {
    return new ActingUser(session.forStatementAs(UserExecutor.named(user, position)), statement);
  }

  private static void refuseOthers(Statement statement) {
    Statement inner =
        statement instanceof ExplainStatement explain ? explain.statement() : statement;
    boolean nested = inner instanceof InsertStatement insert && insert.asUser() != null;
    if (!Plans.isPlanned(inner) || nested) {
      throw statement
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "EXECUTE AS USER takes SELECT, INSERT, UPDATE, DELETE, MERGE, and EXPLAIN of them")
          .withHint("session.asUser(id) gives a session of the user.");
    }
  }
}

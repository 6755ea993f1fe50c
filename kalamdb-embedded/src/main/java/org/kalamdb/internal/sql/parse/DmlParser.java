package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.JSqlParserDoor.Parts;
import org.kalamdb.internal.sql.parse.JSqlParserDoor.Range;

/**
 * INSERT, UPDATE, DELETE and MERGE: their clauses are read here, what stands in the clauses goes
 * through the door. Rows of plain VALUES do not even that.
 */
final class DmlParser {
  private final TokenCursor cursor;
  private final Tokens tokens;
  private final JSqlParserDoor door;

  DmlParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.tokens = cursor.tokens();
    this.door = new JSqlParserDoor(tokens, cursor.start());
  }

  /** The statement behind an optional WITH. */
  Statement parse(@Nullable Range with) {
    if (cursor.isWord("insert")) {
      return insert(with);
    } else if (cursor.isWord("update")) {
      return update(with);
    } else if (cursor.isWord("delete")) {
      return delete(with);
    }
    return merge(with);
  }

  private Position position(@Nullable Range with) {
    return with == null ? cursor.position() : tokens.position(with.from());
  }

  /** The parts of a statement with WITH: something to select must stand behind it. */
  private Query with(@Nullable Range with, Range anything) {
    return door.parts(new Parts(with, List.of(anything), null, null), anything.to());
  }

  private InsertStatement insert(@Nullable Range with) {
    Position position = position(with);
    int word = cursor.next();
    cursor.expect("insert", "into");
    ObjectName table = cursor.objectName("a table name");
    String asUser = null;
    Identifier alias = null;
    if (cursor.accept("as", "user")) {
      asUser = cursor.string("a user id");
    } else if (cursor.accept("as")) {
      alias = cursor.identifier("an alias");
    }
    boolean columnsNext =
        cursor.isSymbol("(") && !startsQuery(cursor.next() + 1) && !cursor.atEnd();
    List<Identifier> columns = columnsNext ? cursor.columnList() : List.of();
    if (cursor.isWord("overriding")) {
      throw tokens.unsupported(cursor.next(), "OVERRIDING");
    }
    Query source = source();
    OnConflict onConflict = cursor.isWords("on", "conflict") ? onConflict() : null;
    List<QueryBody.SelectItem> returning = returning();
    Query withTables = with == null ? null : with(with, constant(word));
    return new InsertStatement(
        withTables == null ? List.of() : withTables.with(),
        withTables != null && withTables.recursive(),
        table,
        alias,
        columns,
        source,
        onConflict,
        returning,
        asUser,
        position);
  }

  /** A keyword of the statement read as a column: something harmless to select. */
  private static Range constant(int token) {
    return new Range(token, token + 1);
  }

  private boolean startsQuery(int token) {
    return tokens.isWord(token, "select")
        || tokens.isWord(token, "with")
        || tokens.isWord(token, "table")
        || tokens.isSymbol(token, '(')
        || (tokens.isWord(token, "values") && tokens.isSymbol(token + 1, '('));
  }

  /** Rows to insert; null for DEFAULT VALUES. */
  private @Nullable Query source() {
    if (cursor.accept("default", "values")) {
      return null;
    }
    if (!startsQuery(cursor.next())) {
      throw cursor.error("VALUES, SELECT or DEFAULT VALUES");
    }
    int from = cursor.next();
    if (cursor.isWord("values")) {
      SimpleValueReader reader = new SimpleValueReader(tokens, cursor.start(), from + 1);
      List<List<ParsedExpression>> rows = reader.rows();
      if (rows != null && endsSource(reader.next())) {
        Position position = cursor.position();
        SelectTranslator.checkLengths(rows, position);
        cursor.moveTo(reader.next());
        return Query.of(new QueryBody.Values(rows, position));
      }
    }
    int end = from;
    do {
      end = cursor.find(end + 1, "on", "returning");
    } while (end < cursor.end() && !endsSource(end));
    cursor.moveTo(end);
    return door.query(from, end);
  }

  private boolean endsSource(int token) {
    return token >= cursor.end()
        || tokens.isWord(token, "returning")
        || (tokens.isWord(token, "on") && tokens.isWord(token + 1, "conflict"));
  }

  private OnConflict onConflict() {
    Position position = cursor.position();
    cursor.expect("on", "conflict");
    if (cursor.isWord("on")) {
      throw tokens.unsupported(cursor.next(), "ON CONFLICT ON CONSTRAINT");
    }
    List<Identifier> target = cursor.isSymbol("(") ? cursor.columnList() : List.of();
    if (cursor.isWord("where")) {
      throw tokens.unsupported(cursor.next(), "a partial index in ON CONFLICT");
    }
    cursor.expect("do");
    if (cursor.accept("nothing")) {
      return new OnConflict(target, List.of(), null, position);
    }
    cursor.expect("update");
    if (target.isEmpty()) {
      throw position
          .error(ErrorCode.SYNTAX_ERROR, "ON CONFLICT DO UPDATE requires the columns of a key")
          .withHint("For example, ON CONFLICT (column_name).");
    }
    cursor.expect("set");
    int set = cursor.next();
    int where = cursor.find(set, "where", "returning");
    int end = tokens.isWord(where, "where") ? cursor.find(where, "returning") : where;
    Targets targets = targets(set, where);
    Range condition = end > where ? new Range(where + 1, end) : null;
    QueryBody.Select body =
        JSqlParserDoor.bodyOf(door.parts(new Parts(null, targets.values, null, condition), end));
    cursor.moveTo(end);
    return new OnConflict(target, targets.assignments(body), body.where(), position);
  }

  private UpdateStatement update(@Nullable Range with) {
    Position position = position(with);
    cursor.expect("update");
    ObjectName table = target();
    Identifier alias = alias("set");
    cursor.expect("set");
    int set = cursor.next();
    int from = cursor.find(set, "from", "where", "returning");
    int where = tokens.isWord(from, "from") ? cursor.find(from + 1, "where", "returning") : from;
    int end = tokens.isWord(where, "where") ? cursor.find(where, "returning") : where;
    Targets targets = targets(set, from);
    Query query =
        door.parts(
            new Parts(
                with,
                targets.values,
                where > from ? new Range(from + 1, where) : null,
                end > where ? new Range(where + 1, end) : null),
            end);
    QueryBody.Select body = JSqlParserDoor.bodyOf(query);
    cursor.moveTo(end);
    return new UpdateStatement(
        query.with(),
        query.recursive(),
        table,
        alias,
        targets.assignments(body),
        body.from(),
        body.where(),
        returning(),
        position);
  }

  private ObjectName target() {
    if (cursor.isWord("only")
        && tokens.isName(cursor.next() + 1)
        && !cursor.isWordAt(1, "set")
        && !cursor.isWordAt(1, "as")) {
      throw tokens.unsupported(cursor.next(), "ONLY");
    }
    return cursor.objectName("a table name");
  }

  private @Nullable Identifier alias(String... behind) {
    if (cursor.accept("as")) {
      return cursor.identifier("an alias");
    }
    boolean word = cursor.isName();
    for (String keyword : behind) {
      word &= !cursor.isWord(keyword);
    }
    return cursor.nullableIdentifier(word, "an alias");
  }

  /** The left sides of assignments, and where their values stand. */
  private record Targets(List<List<Identifier>> columns, List<Range> values) {
    List<Assignment> assignments(QueryBody.Select body) {
      List<Assignment> assignments = new ArrayList<>();
      for (int i = 0; i < columns.size(); i++) {
        assignments.add(
            new Assignment(columns.get(i), checked(columns.get(i), body.items().get(i).value())));
      }
      return assignments;
    }

    private static ParsedExpression checked(List<Identifier> columns, ParsedExpression value) {
      if (columns.size() == 1) {
        return value;
      }
      boolean fits =
          value instanceof ParsedExpression.ScalarSubquery
              || (value instanceof ParsedExpression.RowValue row
                  && row.items().size() == columns.size());
      if (!fits) {
        throw value
            .position()
            .error(ErrorCode.SYNTAX_ERROR, "number of columns does not match number of values");
      }
      return value;
    }
  }

  private Targets targets(int from, int to) {
    List<List<Identifier>> columns = new ArrayList<>();
    List<Range> values = new ArrayList<>();
    for (Range piece : JSqlParserDoor.split(tokens, from, to)) {
      cursor.moveTo(piece.from());
      if (cursor.isSymbol("(")) {
        columns.add(cursor.columnList());
      } else {
        columns.add(List.of(cursor.identifier("a column name")));
      }
      if (cursor.isSymbol(".")) {
        throw tokens.unsupported(cursor.next(), "a qualified column in SET");
      }
      cursor.expectSymbol("=");
      values.add(new Range(cursor.next(), piece.to()));
    }
    return new Targets(columns, values);
  }

  private DeleteStatement delete(@Nullable Range with) {
    Position position = position(with);
    int word = cursor.next();
    cursor.expect("delete", "from");
    ObjectName table = target();
    Identifier alias = alias("using", "where", "returning");
    int using = cursor.next();
    if (!cursor.atEnd()
        && !cursor.isWord("using")
        && !cursor.isWord("where")
        && !cursor.isWord("returning")) {
      throw cursor.error("USING, WHERE or RETURNING");
    }
    int where = cursor.isWord("using") ? cursor.find(using, "where", "returning") : using;
    int end = tokens.isWord(where, "where") ? cursor.find(where, "returning") : where;
    Range sources = where > using ? new Range(using + 1, where) : null;
    Range condition = end > where ? new Range(where + 1, end) : null;
    Query query = null;
    if (with != null || sources != null || condition != null) {
      query = door.parts(new Parts(with, List.of(constant(word)), sources, condition), end);
    }
    QueryBody.Select body = query == null ? null : JSqlParserDoor.bodyOf(query);
    cursor.moveTo(end);
    return new DeleteStatement(
        query == null ? List.of() : query.with(),
        query != null && query.recursive(),
        table,
        alias,
        body == null ? List.of() : body.from(),
        body == null ? null : body.where(),
        returning(),
        position);
  }

  private List<QueryBody.SelectItem> returning() {
    if (!cursor.accept("returning")) {
      cursor.expectEnd();
      return List.of();
    }
    List<Range> items = JSqlParserDoor.split(tokens, cursor.next(), cursor.end());
    cursor.moveTo(cursor.end());
    return door.selectItems(items, cursor.end());
  }

  private MergeStatement merge(@Nullable Range with) {
    Position position = position(with);
    cursor.expect("merge", "into");
    ObjectName table = target();
    Identifier alias = alias("using");
    cursor.expect("using");
    int using = cursor.next();
    int firstWhen = cursor.find(using, "when");
    int on = lastOn(using, firstWhen);
    Query query =
        door.parts(
            new Parts(with, List.of(new Range(on + 1, firstWhen)), new Range(using, on), null),
            firstWhen);
    QueryBody.Select body = JSqlParserDoor.bodyOf(query);
    if (body.from().size() != 1) {
      throw tokens.syntaxError(using, "one source");
    }
    cursor.moveTo(firstWhen);
    List<MergeBranch> branches = new ArrayList<>();
    while (!cursor.atEnd()) {
      branches.add(mergeBranch());
    }
    if (branches.isEmpty()) {
      throw cursor.error("WHEN");
    }
    return new MergeStatement(
        query.with(),
        query.recursive(),
        table,
        alias,
        body.from().get(0),
        body.items().get(0).value(),
        branches,
        position);
  }

  /** The ON of MERGE comes after those of joins in its source. */
  private int lastOn(int using, int end) {
    int last = -1;
    for (int on = cursor.find(using, "on"); on < end; on = cursor.find(on + 1, "on")) {
      last = on;
    }
    if (last < 0) {
      throw tokens.syntaxError(end, "ON");
    }
    return last;
  }

  private MergeBranch mergeBranch() {
    Position position = cursor.position();
    cursor.expect("when");
    boolean matched = !cursor.accept("not");
    cursor.expect("matched");
    ParsedExpression condition = null;
    if (cursor.accept("and")) {
      int then = endOfCondition(cursor.next());
      condition = door.expression(cursor.next(), then);
      cursor.moveTo(then);
    }
    cursor.expect("then");
    if (cursor.accept("do", "nothing")) {
      return branch(matched, condition, MergeBranch.Action.DO_NOTHING, position);
    } else if (matched && cursor.accept("delete")) {
      return branch(true, condition, MergeBranch.Action.DELETE, position);
    } else if (matched && cursor.accept("update", "set")) {
      int end = cursor.find(cursor.next(), "when");
      end = skipCases(cursor.next(), end);
      Targets targets = targets(cursor.next(), end);
      QueryBody.Select body =
          JSqlParserDoor.bodyOf(door.parts(new Parts(null, targets.values, null, null), end));
      cursor.moveTo(end);
      return new MergeBranch(
          true,
          condition,
          MergeBranch.Action.UPDATE,
          List.of(),
          List.of(),
          targets.assignments(body),
          position);
    } else if (!matched && cursor.accept("insert")) {
      return mergeInsert(condition, position);
    }
    throw cursor.error(matched ? "UPDATE SET, DELETE or DO NOTHING" : "INSERT or DO NOTHING");
  }

  private static MergeBranch branch(
      boolean matched,
      @Nullable ParsedExpression condition,
      MergeBranch.Action action,
      Position position) {
    return new MergeBranch(matched, condition, action, List.of(), List.of(), List.of(), position);
  }

  /** The THEN that belongs to no CASE. */
  private int endOfCondition(int from) {
    int depth = 0;
    for (int i = from; i < cursor.end(); i++) {
      if (tokens.isSymbol(i, '(') || tokens.isWord(i, "case")) {
        depth++;
      } else if (tokens.isSymbol(i, ')') || tokens.isWord(i, "end")) {
        depth--;
      } else if (depth == 0 && tokens.isWord(i, "then")) {
        return i;
      }
    }
    throw tokens.syntaxError(cursor.end(), "THEN");
  }

  /** The WHEN at {@code when} may be one of a CASE; finds the one that is none. */
  private int skipCases(int from, int when) {
    int depth = 0;
    for (int i = from; i < cursor.end(); i++) {
      if (tokens.isSymbol(i, '(') || tokens.isWord(i, "case")) {
        depth++;
      } else if (tokens.isSymbol(i, ')') || tokens.isWord(i, "end")) {
        depth--;
      } else if (depth == 0 && i >= when && tokens.isWord(i, "when")) {
        return i;
      }
    }
    return cursor.end();
  }

  private MergeBranch mergeInsert(@Nullable ParsedExpression condition, Position position) {
    List<Identifier> columns = cursor.isSymbol("(") ? cursor.columnList() : List.of();
    List<ParsedExpression> values = List.of();
    if (!cursor.accept("default", "values")) {
      cursor.expect("values");
      if (!cursor.isSymbol("(")) {
        throw cursor.error("\"(\"");
      }
      int end = cursor.behindParenthesis(cursor.next());
      List<Range> items = JSqlParserDoor.split(tokens, cursor.next() + 1, end - 1);
      QueryBody.Select body =
          JSqlParserDoor.bodyOf(door.parts(new Parts(null, items, null, null), end));
      values = body.items().stream().map(QueryBody.SelectItem::value).toList();
      cursor.moveTo(end);
    }
    return new MergeBranch(
        false, condition, MergeBranch.Action.INSERT, columns, values, List.of(), position);
  }
}

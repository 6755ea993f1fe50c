package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/** INSERT, UPDATE, DELETE and MERGE, behind the WITH they may have. */
final class DmlParser {
  private final Grammar grammar;
  private final TokenCursor cursor;

  DmlParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
  }

  /** True where one of the statements begins. */
  static boolean isNext(TokenCursor cursor) {
    return cursor.isWord("insert")
        || cursor.isWord("update")
        || cursor.isWord("delete")
        || cursor.isWord("merge");
  }

  /** A whole statement. */
  Statement parse(QueryParser.With with) {
    Statement statement = inParentheses(with);
    cursor.expectEnd();
    return statement;
  }

  /** A statement that ends before a parenthesis. */
  Statement inParentheses(QueryParser.With with) {
    Statement statement;
    if (cursor.isWord("insert")) {
      statement = insert(with);
    } else if (cursor.isWord("update")) {
      statement = update(with);
    } else if (cursor.isWord("delete")) {
      statement = delete(with);
    } else {
      statement = merge(with);
    }
    return statement;
  }

  private InsertStatement insert(QueryParser.With with) {
    cursor.expect("insert", "into");
    ObjectName table = cursor.objectName("a table name");
    String asUser = null;
    Identifier alias = null;
    if (cursor.accept("as", "user")) {
      asUser = cursor.string("a user id");
    } else if (cursor.accept("as")) {
      alias = cursor.identifier("an alias");
    }
    boolean columnsNext = cursor.isSymbol('(') && !grammar.queries.startsQuery(0);
    List<Identifier> columns = columnsNext ? cursor.columnList() : List.of();
    Overriding overriding = overriding();
    Query source = source();
    OnConflict onConflict = cursor.isWords("on", "conflict") ? onConflict() : null;
    return new InsertStatement(
        with.tables(),
        with.recursive(),
        table,
        alias,
        columns,
        overriding,
        source,
        onConflict,
        returning(),
        asUser,
        with.position());
  }

  private @Nullable Overriding overriding() {
    if (!cursor.accept("overriding")) {
      return null;
    }
    boolean system = cursor.accept("system");
    if (!system && !cursor.accept("user")) {
      throw cursor.error("SYSTEM or USER");
    }
    cursor.expect("value");
    return system ? Overriding.SYSTEM : Overriding.USER;
  }

  /** Rows to insert; null for DEFAULT VALUES. */
  private @Nullable Query source() {
    if (cursor.accept("default", "values")) {
      return null;
    }
    if (!grammar.queries.startsQuery(0)) {
      throw cursor.error("VALUES, SELECT or DEFAULT VALUES");
    }
    return grammar.queries.query();
  }

  private OnConflict onConflict() {
    Position position = cursor.position();
    cursor.expect("on", "conflict");
    if (cursor.isWord("on")) {
      throw cursor.unsupported(0, "ON CONFLICT ON CONSTRAINT");
    }
    List<Identifier> target = cursor.isSymbol('(') ? cursor.columnList() : List.of();
    if (cursor.isWord("where")) {
      throw cursor.unsupported(0, "a partial index in ON CONFLICT");
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
    List<Assignment> assignments = assignments();
    return new OnConflict(target, assignments, grammar.selects.condition(Keyword.WHERE), position);
  }

  private UpdateStatement update(QueryParser.With with) {
    cursor.expect("update");
    ObjectName table = target();
    Identifier alias = alias("set");
    cursor.expect("set");
    List<Assignment> assignments = assignments();
    List<FromItem> from = cursor.accept(Keyword.FROM) ? grammar.sources.list() : List.of();
    return new UpdateStatement(
        with.tables(),
        with.recursive(),
        table,
        alias,
        assignments,
        from,
        grammar.selects.condition(Keyword.WHERE),
        returning(),
        with.position());
  }

  private ObjectName target() {
    if (cursor.is(Keyword.ONLY)) {
      throw cursor.unsupported(0, "ONLY");
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

  /** {@code a = 1, (b, c) = (2, 3)}. */
  private List<Assignment> assignments() {
    List<Assignment> assignments = new ArrayList<>();
    do {
      List<Identifier> columns =
          cursor.isSymbol('(') ? cursor.columnList() : List.of(cursor.identifier("a column name"));
      if (cursor.isSymbol('.')) {
        throw cursor.unsupported(0, "a qualified column in SET");
      }
      cursor.expectSymbol("=");
      assignments.add(new Assignment(columns, checked(columns, grammar.expressions.expression())));
    } while (cursor.acceptSymbol(','));
    return assignments;
  }

  private static ParsedExpression checked(List<Identifier> columns, ParsedExpression value) {
    boolean fits =
        columns.size() == 1
            || value instanceof ParsedExpression.ScalarSubquery
            || (value instanceof ParsedExpression.RowValue row
                && row.items().size() == columns.size());
    if (!fits) {
      throw value
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "number of columns does not match number of values");
    }
    return value;
  }

  private DeleteStatement delete(QueryParser.With with) {
    cursor.expect("delete", "from");
    ObjectName table = target();
    Identifier alias = alias("using", "where", "returning");
    if (!cursor.atEnd()
        && !cursor.isSymbol(')')
        && !cursor.is(Keyword.USING)
        && !cursor.is(Keyword.WHERE)
        && !cursor.is(Keyword.RETURNING)) {
      throw cursor.error("USING, WHERE or RETURNING");
    }
    List<FromItem> using = cursor.accept(Keyword.USING) ? grammar.sources.list() : List.of();
    return new DeleteStatement(
        with.tables(),
        with.recursive(),
        table,
        alias,
        using,
        grammar.selects.condition(Keyword.WHERE),
        returning(),
        with.position());
  }

  private List<QueryBody.SelectItem> returning() {
    return cursor.accept(Keyword.RETURNING) ? grammar.selects.items() : List.of();
  }

  private MergeStatement merge(QueryParser.With with) {
    cursor.expect("merge", "into");
    ObjectName table = target();
    Identifier alias = alias("using");
    cursor.expect("using");
    FromItem source = grammar.sources.item();
    cursor.expect("on");
    ParsedExpression on = grammar.expressions.expression();
    List<MergeBranch> branches = new ArrayList<>();
    while (cursor.is(Keyword.WHEN)) {
      branches.add(mergeBranch());
    }
    if (branches.isEmpty()) {
      throw cursor.error("WHEN");
    }
    return new MergeStatement(
        with.tables(),
        with.recursive(),
        table,
        alias,
        source,
        on,
        branches,
        returning(),
        with.position());
  }

  private MergeBranch mergeBranch() {
    Position position = cursor.position();
    cursor.expect("when");
    MergeBranch.Match match = match();
    ParsedExpression condition = grammar.selects.condition(Keyword.AND);
    cursor.expect("then");
    boolean inserts = match == MergeBranch.Match.NOT_MATCHED;
    if (cursor.accept("do", "nothing")) {
      return branch(match, condition, MergeBranch.Action.DO_NOTHING, List.of(), position);
    } else if (!inserts && cursor.accept("delete")) {
      return branch(match, condition, MergeBranch.Action.DELETE, List.of(), position);
    } else if (!inserts && cursor.accept("update", "set")) {
      return branch(match, condition, MergeBranch.Action.UPDATE, assignments(), position);
    } else if (inserts && cursor.accept("insert")) {
      return mergeInsert(condition, position);
    }
    throw cursor.error(inserts ? "INSERT or DO NOTHING" : "UPDATE SET, DELETE or DO NOTHING");
  }

  private MergeBranch.Match match() {
    boolean not = cursor.accept("not");
    cursor.expect("matched");
    if (!not) {
      return MergeBranch.Match.MATCHED;
    }
    if (cursor.accept("by", "source")) {
      return MergeBranch.Match.NOT_MATCHED_BY_SOURCE;
    }
    if (cursor.isWord("by")) {
      cursor.expect("by", "target");
    }
    return MergeBranch.Match.NOT_MATCHED;
  }

  private static MergeBranch branch(
      MergeBranch.Match match,
      @Nullable ParsedExpression condition,
      MergeBranch.Action action,
      List<Assignment> assignments,
      Position position) {
    return new MergeBranch(
        match, condition, action, List.of(), null, List.of(), assignments, position);
  }

  private MergeBranch mergeInsert(@Nullable ParsedExpression condition, Position position) {
    List<Identifier> columns = cursor.isSymbol('(') ? cursor.columnList() : List.of();
    Overriding overriding = overriding();
    List<ParsedExpression> values = List.of();
    if (!cursor.accept("default", "values")) {
      cursor.expect("values");
      if (!cursor.acceptSymbol('(')) {
        throw cursor.error("\"(\"");
      }
      values = grammar.expressions.list();
      cursor.expectSymbol(')');
    }
    return new MergeBranch(
        MergeBranch.Match.NOT_MATCHED,
        condition,
        MergeBranch.Action.INSERT,
        columns,
        overriding,
        values,
        List.of(),
        position);
  }
}

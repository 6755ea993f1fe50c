package org.kalamdb.internal.sql.parse;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The text that JSqlParser gets to see: the shape of a query without anything the caller named.
 *
 * <p>JSqlParser speaks a dozen dialects at once, reserves words PostgreSQL does not, and keeps no
 * place for many of its nodes. So every name, string, number and parameter is written as the number
 * of its token ({@code "17"}, {@code '17'}, {@code 17}, {@code ?18}, one more for parameters), each
 * token on a line of its own. Only words that our dialect knows at that place are written as words;
 * whatever else a foreign dialect might take for a clause is a quoted name to it and so a syntax
 * error. In the other direction any node finds its token by its name or its line. Types, typed
 * literals and calls with words between their arguments are read here and written as one
 * placeholder. What the translation does not give back was dropped by somebody and is refused.
 */
final class StatementShape {
  /** What an open parenthesis belongs to. */
  private enum Paren {
    PLAIN,
    CAST,
    WINDOW,
    FRAME,
    TRIM,
    POSITION,
    WORDY_CALL,
    EXTRACT
  }

  private static final Set<String> OPERATORS =
      Set.of(
          "+", "-", "*", "/", "%", "^", "||", "&", "|", "#", "<<", ">>", "~", "!~", "~*", "!~*",
          "->", "->>", "#>", "#>>", "@>", "<@", "=", "<>", "!=", "<", "<=", ">", ">=", "<=>", "<->",
          "<#>");

  /**
   * Operators written as they are; the others are all written {@code ||}, because JSqlParser takes
   * some of them for comparisons. {@link ExpressionTranslator} looks them up again.
   */
  private static final Set<String> NATIVE_OPERATORS =
      Set.of("+", "-", "*", "=", "<>", "<", "<=", ">", ">=", "~", "!~", "~*", "!~*");

  private static final int LONG_LIST = 16;

  private static final Set<String> FRAME_WORDS =
      Set.of(
          "between",
          "unbounded",
          "preceding",
          "following",
          "current",
          "row",
          "and",
          "exclude",
          "no",
          "others",
          "ties",
          "group");

  private final Tokens tokens;
  private final StringBuilder text = new StringBuilder();
  private final Deque<Paren> parens = new ArrayDeque<>();
  private final Deque<Integer> openTokens = new ArrayDeque<>();
  private final Map<Integer, Integer> openOf = new HashMap<>();
  private final Map<Integer, Integer> windowBases = new HashMap<>();
  private final Map<Integer, String> callNames = new HashMap<>();
  private final Map<Integer, ParsedExpression> literals = new HashMap<>();
  private final Map<Integer, TypeName> types = new HashMap<>();
  private final Set<Integer> allUsers = new HashSet<>();
  private final Set<Integer> exchanged = new HashSet<>();
  private final Set<Integer> withFrom = new HashSet<>();
  private final Map<Integer, List<ParsedExpression>> lists = new HashMap<>();
  private final int statementStart;
  private final BitSet open = new BitSet();
  private int[] tokenOfLine = new int[64];
  private int lines;
  private int start;
  private int end;
  private boolean windowClause;

  /** For a statement whose first token is {@code statementStart}: where parameters count from. */
  StatementShape(Tokens tokens, int statementStart) {
    this.tokens = tokens;
    this.statementStart = statementStart;
  }

  /** Writes words of our own, blamed on {@code token}. */
  StatementShape words(String words, int token) {
    emit(words, token);
    return this;
  }

  /** Writes the tokens {@code [from, to)}, which stand in the statement's own text. */
  StatementShape tokens(int from, int to) {
    start = from;
    end = to;
    windowClause = false;
    int depth = parens.size();
    int i = from;
    while (i < to) {
      i = token(i);
    }
    if (parens.size() != depth) {
      throw tokens.syntaxError(to);
    }
    return this;
  }

  String text() {
    return text.toString();
  }

  /** The token a line of {@link #text()} was written for; lines from 1. */
  int tokenOfLine(int line) {
    return tokenOfLine[Math.max(0, Math.min(line, lines) - 1)];
  }

  /** The typed or interval literal that begins at a token, or null. */
  @Nullable ParsedExpression literal(int token) {
    return literals.get(token);
  }

  /** The type that begins at a token. */
  TypeName type(int token) {
    TypeName type = types.get(token);
    taken(token);
    if (type == null) {
      throw tokens.syntaxError(token, "a type");
    }
    return type;
  }

  /** The named window that the window of a call (or a named window) extends, or null. */
  @Nullable Identifier windowBase(int nameToken) {
    Integer base = windowBases.get(nameToken);
    return base == null ? null : tokens.identifier(base);
  }

  /** What a call with words between its arguments calls, or null. */
  @Nullable String callName(int token) {
    return callNames.get(token);
  }

  /** True for a table named after ALL USERS OF. */
  boolean isAllUsers(int nameToken) {
    return allUsers.contains(nameToken);
  }

  /** True for a call whose two arguments were written the other way round: {@code a IN b}. */
  boolean isExchanged(int nameToken) {
    return exchanged.contains(nameToken);
  }

  /** The items of a long IN list that opens at a token, or null. */
  @Nullable List<ParsedExpression> list(int openToken) {
    return lists.get(openToken);
  }

  /** The number of a parameter token. */
  int parameterIndex(int token) {
    taken(token);
    return tokens.parameterIndex(token, statementStart);
  }

  Tokens tokens() {
    return tokens;
  }

  /** Notes that the translation has taken a name, string, number, type or parameter over. */
  void taken(int token) {
    open.clear(token);
  }

  /** The first token that was shown to JSqlParser and that no node gave back, or -1. */
  int firstUntaken() {
    return open.nextSetBit(0);
  }

  private void emitOpen(String chunk, int token) {
    open.set(token);
    emit(chunk, token);
  }

  private void emit(String chunk, int token) {
    text.append(chunk).append('\n');
    if (lines == tokenOfLine.length) {
      tokenOfLine = Arrays.copyOf(tokenOfLine, lines * 2);
    }
    tokenOfLine[lines++] = token;
  }

  private int emitName(int token) {
    emitOpen("\"" + token + "\"", token);
    return token + 1;
  }

  private int emitImage(int token) {
    emit(tokens.image(token), token);
    return token + 1;
  }

  private int token(int i) {
    return switch (tokens.kind(i)) {
      case NUMBER -> {
        emitOpen(Integer.toString(i), i);
        yield i + 1;
      }
      case STRING, ESCAPE_STRING, DOLLAR_STRING -> string(i);
      case PARAMETER -> {
        emitOpen("?" + (i + 1), i);
        yield i + 1;
      }
      case QUOTED -> tokens.kind(i + 1).isString() && i + 1 < end ? typedLiteral(i) : emitName(i);
      case WORD -> word(i);
      case OPERATOR -> operator(i);
      case PUNCTUATION -> punctuation(i);
      case END -> throw tokens.syntaxError(i);
    };
  }

  private int string(int i) {
    if (tokens.isWord(i - 1, "as") && i > start) {
      throw tokens.syntaxError(i);
    }
    emitOpen("'" + i + "'", i);
    return i + 1;
  }

  private int operator(int i) {
    if (tokens.isSymbol(i, "::")) {
      emit("::", i);
      return writeType(i + 1);
    }
    String operator = tokens.image(i);
    if (!OPERATORS.contains(operator)) {
      throw operator.equals(":=") || operator.equals("=>")
          ? tokens.unsupported(i, "named argument notation")
          : tokens.unsupported(i, "operator " + operator);
    }
    boolean star = operator.equals("*");
    if (!star && (i + 1 >= end || tokens.isSymbol(i + 1, ')') || tokens.isSymbol(i + 1, ','))) {
      throw tokens.syntaxError(Math.min(i + 1, end));
    }
    if (isSign(i) && isSign(i + 1) && !endsOperand(i - 1)) {
      emitName(i);
      emit("||", i);
    } else {
      emit(NATIVE_OPERATORS.contains(operator) ? operator : operator.equals("!=") ? "<>" : "||", i);
    }
    return i + 1;
  }

  private boolean isSign(int i) {
    return i < end
        && (tokens.isSymbol(i, '-') || tokens.isSymbol(i, '+') || tokens.isSymbol(i, '~'));
  }

  /** True for a token an infix operator may follow. */
  private boolean endsOperand(int i) {
    return switch (i < start ? TokenKind.END : tokens.kind(i)) {
      case NUMBER, STRING, ESCAPE_STRING, DOLLAR_STRING, PARAMETER, QUOTED -> true;
      case PUNCTUATION -> tokens.isSymbol(i, ')');
      case WORD ->
          !SpecialWords.isKeyword(tokens.name(i))
              || tokens.isWord(i, "null")
              || tokens.isWord(i, "true")
              || tokens.isWord(i, "false")
              || tokens.isWord(i, "end");
      case OPERATOR, END -> false;
    };
  }

  private int writeType(int i) {
    if (i >= end) {
      throw tokens.syntaxError(i, "a type");
    }
    TypeNames.Result result = TypeNames.read(tokens, i);
    types.put(i, result.type());
    emitOpen("t" + i, i);
    return result.next();
  }

  private int punctuation(int i) {
    switch (tokens.sql().charAt(tokens.start(i))) {
      case '(' -> {
        return open(i, Paren.PLAIN);
      }
      case ')' -> {
        if (openTokens.isEmpty()) {
          throw tokens.syntaxError(i);
        }
        parens.pop();
        openOf.put(i, openTokens.pop());
        return emitImage(i);
      }
      case '[', ']' -> throw tokens.unsupported(i, "array");
      case ',' -> {
        if (i + 1 >= end || tokens.isSymbol(i + 1, ')') || tokens.isWord(i + 1, "from")) {
          throw tokens.syntaxError(Math.min(i + 1, end));
        }
        return emitImage(i);
      }
      case '.' -> {
        return emitImage(i);
      }
      default -> throw tokens.syntaxError(i);
    }
  }

  private int open(int i, Paren paren) {
    if (paren == Paren.PLAIN && windowClause && tokens.isWord(i - 1, "as")) {
      return openWindow(i, i - 2);
    }
    parens.push(paren);
    openTokens.push(i);
    return emitImage(i);
  }

  /** The parenthesis of OVER or of a named window; {@code owner} is the call's or window's name. */
  private int openWindow(int i, int owner) {
    int next = open(i, Paren.WINDOW);
    boolean base =
        tokens.isName(next)
            && !(tokens.isWord(next, "partition") && tokens.isWord(next + 1, "by"))
            && !(tokens.isWord(next, "order") && tokens.isWord(next + 1, "by"))
            && !isFrameStart(next);
    if (base) {
      windowBases.put(owner, next);
      return next + 1;
    }
    return next;
  }

  private boolean isFrameStart(int i) {
    if (!tokens.isWord(i, "rows") && !tokens.isWord(i, "range") && !tokens.isWord(i, "groups")) {
      return false;
    }
    int next = i + 1;
    return tokens.isWord(next, "between")
        || tokens.isWord(next, "unbounded")
        || tokens.isWord(next, "current")
        || tokens.isWord(next, "interval")
        || tokens.kind(next) == TokenKind.NUMBER
        || tokens.kind(next) == TokenKind.PARAMETER
        || tokens.kind(next).isString();
  }

  private int word(int i) {
    if (tokens.isSymbol(i + 1, '.') || (i > start && tokens.isSymbol(i - 1, '.'))) {
      return emitName(i);
    }
    String word = tokens.name(i);
    Paren paren = parens.isEmpty() ? Paren.PLAIN : parens.element();
    if (paren == Paren.FRAME && FRAME_WORDS.contains(word)) {
      return emitImage(i);
    }
    if (paren == Paren.WINDOW && isFrameStart(i)) {
      parens.pop();
      parens.push(Paren.FRAME);
      return emitImage(i);
    }
    int argument = argumentWord(i, word, paren);
    if (argument > 0) {
      return argument;
    }
    if (SpecialWords.isKeyword(word)) {
      return keyword(i, word, paren);
    }
    int literal = literalStart(i, word);
    if (literal > 0) {
      return literal;
    }
    return contextualWord(i, word);
  }

  /** Words between the arguments of TRIM, POSITION, SUBSTRING, OVERLAY, EXTRACT; 0 for others. */
  private int argumentWord(int i, String word, Paren paren) {
    boolean comma =
        switch (paren) {
          case TRIM, EXTRACT -> word.equals("from");
          case POSITION -> word.equals("in");
          case WORDY_CALL -> word.equals("from") || word.equals("for") || word.equals("placing");
          default -> false;
        };
    if (!comma || tokens.isWord(i - 1, "distinct")) {
      return 0;
    }
    int call = openTokens.element();
    if (paren == Paren.TRIM || paren == Paren.POSITION) {
      exchanged.add(call - 1);
    } else if (word.equals("from")) {
      withFrom.add(call);
    } else if (word.equals("for") && !withFrom.contains(call)) {
      throw tokens.unsupported(i, "FOR without FROM before it");
    }
    emit(",", i);
    return i + 1;
  }

  private int keyword(int i, String word, Paren paren) {
    switch (word) {
      case "from", "where", "having", "on", "and", "or", "not" -> {
        boolean nothing =
            i + 1 >= end || tokens.isSymbol(i + 1, ')') || tokens.isSymbol(i + 1, ',');
        boolean noItems = word.equals("from") && tokens.isWord(i - 1, "select") && i > start;
        if (nothing || noItems) {
          throw tokens.syntaxError(noItems ? i : Math.min(i + 1, end));
        }
        return emitImage(i);
      }
      case "null", "true", "false" -> {
        boolean afterIs =
            tokens.isWord(i - 1, "is")
                || (tokens.isWord(i - 1, "not") && tokens.isWord(i - 2, "is"));
        return afterIs ? emitImage(i) : emitName(i);
      }
      case "default" -> {
        return emitName(i);
      }
      case "as" -> {
        return as(i, paren);
      }
      case "cast" -> {
        emitImage(i);
        return tokens.isSymbol(i + 1, '(') ? open(i + 1, Paren.CAST) : i + 1;
      }
      case "left", "right" -> {
        return tokens.isSymbol(i + 1, '(') ? emitName(i) : emitImage(i);
      }
      case "row" -> {
        return tokens.isSymbol(i + 1, '(') ? emitName(i) : emitImage(i);
      }
      case "values" -> {
        return tokens.isSymbol(i + 1, '(') ? emitImage(i) : emitName(i);
      }
      case "all" -> {
        if (tokens.isWord(i + 1, "users") && tokens.isWord(i + 2, "of")) {
          allUsers.add(i + 3);
          return i + 3;
        }
        return emitImage(i);
      }
      case "fetch" -> {
        return fetch(i);
      }
      case "by" -> {
        boolean after =
            tokens.isWord(i - 1, "group")
                || tokens.isWord(i - 1, "order")
                || tokens.isWord(i - 1, "partition");
        return after ? emitImage(i) : emitName(i);
      }
      case "in" -> {
        return in(i);
      }
      case "asymmetric" -> {
        return i + 1;
      }
      case "window" -> {
        windowClause = true;
        return emitImage(i);
      }
      case "any", "some" -> {
        boolean query =
            tokens.isSymbol(i + 2, '(')
                || tokens.isWord(i + 2, "select")
                || tokens.isWord(i + 2, "with")
                || tokens.isWord(i + 2, "values")
                || tokens.isWord(i + 2, "table");
        if (tokens.isSymbol(i + 1, '(') && !query) {
          throw tokens.unsupported(i, tokens.image(i) + " over an array");
        }
        return emitImage(i);
      }
      case "array" -> throw tokens.unsupported(i, "array");
      case "collate" -> throw tokens.unsupported(i, "COLLATE");
      case "tablesample" -> throw tokens.unsupported(i, "TABLESAMPLE");
      case "into" -> throw tokens.unsupported(i, "SELECT INTO");
      case "for" -> throw tokens.unsupported(i, "FOR " + tokens.image(i + 1));
      default -> {
        return emitImage(i);
      }
    }
  }

  /** A long list of plain values goes past JSqlParser, which takes 20 us for each. */
  private int in(int i) {
    emit("IN", i);
    if (tokens.kind(i + 2) == TokenKind.WORD && !tokens.isSymbol(i + 3, ',')) {
      return i + 1;
    }
    SimpleValueReader reader = new SimpleValueReader(tokens, statementStart, i + 1);
    List<ParsedExpression> items = reader.list();
    if (items == null
        || items.size() < LONG_LIST
        || reader.next() > end
        || items.stream().anyMatch(ParsedExpression.DefaultValue.class::isInstance)) {
      return i + 1;
    }
    lists.put(i + 1, items);
    emit("(", i + 1);
    emitOpen("'" + (i + 1) + "'", i + 1);
    emit(")", i + 1);
    return reader.next();
  }

  private int as(int i, Paren paren) {
    emit("AS", i);
    if (paren == Paren.CAST) {
      return writeType(i + 1);
    }
    int next = i + 1;
    boolean not = tokens.isWord(next, "not") && tokens.isWord(next + 1, "materialized");
    if (not) {
      emit("NOT", next++);
    }
    if (tokens.isWord(next, "materialized")
        && tokens.isSymbol(next + 1, '(')
        && (not || SpecialWords.isKeyword(tokens.isName(next + 2) ? tokens.name(next + 2) : ""))) {
      emit("MATERIALIZED", next);
      return next + 1;
    }
    return next < end && tokens.isName(next) ? emitName(next) : next;
  }

  /** {@code FETCH {FIRST|NEXT} [n] {ROW|ROWS} {ONLY|WITH TIES}}; n is written as it stands. */
  private int fetch(int i) {
    emit("FETCH", i);
    int next = i + 1;
    if (!tokens.isWord(next, "first") && !tokens.isWord(next, "next")) {
      throw tokens.syntaxError(next, "FIRST or NEXT");
    }
    emit("FIRST", next++);
    int depth = 0;
    while (depth > 0 || !(tokens.isWord(next, "row") || tokens.isWord(next, "rows"))) {
      if (next >= end) {
        throw tokens.syntaxError(next, "ROW or ROWS");
      }
      depth += tokens.isSymbol(next, '(') ? 1 : tokens.isSymbol(next, ')') ? -1 : 0;
      next = token(next);
    }
    emit("ROWS", next++);
    if (tokens.isWord(next, "only")) {
      emit("ONLY", next);
      return next + 1;
    }
    if (tokens.isWord(next, "with") && tokens.isWord(next + 1, "ties")) {
      emit("WITH TIES", next);
      return next + 2;
    }
    throw tokens.syntaxError(next, "ONLY or WITH TIES");
  }

  /** A type before a string, read into one placeholder; 0 where there is none. */
  private int literalStart(int i, String word) {
    if (word.equals("interval") && tokens.kind(i + 1).isString()) {
      return intervalLiteral(i);
    }
    if (tokens.kind(i + 1).isString() && i + 1 < end) {
      return typedLiteral(i);
    }
    boolean mayHaveWords = word.equals("timestamp") || word.equals("time") || word.equals("double");
    boolean words =
        tokens.isWord(i + 1, "with")
            || tokens.isWord(i + 1, "without")
            || tokens.isWord(i + 1, "precision")
            || (tokens.isSymbol(i + 1, '(') && tokens.kind(i + 2) == TokenKind.NUMBER);
    if (mayHaveWords && words) {
      TypeNames.Result type = TypeNames.read(tokens, i);
      if (tokens.kind(type.next()).isString() && type.next() < end) {
        return typedLiteral(i);
      }
    }
    return 0;
  }

  private int typedLiteral(int i) {
    TypeNames.Result type = TypeNames.read(tokens, i);
    int string = type.next();
    literals.put(
        i,
        new ParsedExpression.TypedLiteral(
            type.type(), tokens.stringValue(string), tokens.position(i)));
    emitOpen("'" + i + "'", i);
    return string + 1;
  }

  private int intervalLiteral(int i) {
    int next = i + 2;
    String fields = null;
    if (isIntervalField(next)) {
      fields = tokens.name(next++);
      if (tokens.isWord(next, "to")) {
        if (!isIntervalField(next + 1)) {
          throw tokens.syntaxError(next + 1, "a field of an interval");
        }
        fields += " to " + tokens.name(next + 1);
        next += 2;
      }
    }
    literals.put(
        i,
        new ParsedExpression.IntervalLiteral(
            tokens.stringValue(i + 1), fields, tokens.position(i)));
    emitOpen("'" + i + "'", i);
    return next;
  }

  private boolean isIntervalField(int i) {
    return i < end
        && tokens.kind(i) == TokenKind.WORD
        && Set.of("year", "month", "day", "hour", "minute", "second").contains(tokens.name(i));
  }

  private int contextualWord(int i, String word) {
    boolean afterParenthesis = i > start && tokens.isSymbol(i - 1, ')');
    switch (word) {
      case "over" -> {
        if (afterParenthesis && (tokens.isSymbol(i + 1, '(') || tokens.isName(i + 1))) {
          emit("OVER", i);
          return tokens.isSymbol(i + 1, '(') ? openWindow(i + 1, calledName(i)) : emitName(i + 1);
        }
      }
      case "filter" -> {
        if (afterParenthesis && tokens.isSymbol(i + 1, '(') && tokens.isWord(i + 2, "where")) {
          return emitImage(i);
        }
      }
      case "within" -> {
        if (afterParenthesis && tokens.isWord(i + 1, "group")) {
          return emitImage(i);
        }
      }
      case "partition" -> {
        if (tokens.isWord(i + 1, "by")) {
          return emitImage(i);
        }
      }
      case "nulls" -> {
        if (tokens.isWord(i + 1, "first") || tokens.isWord(i + 1, "last")) {
          emit("NULLS", i);
          return emitImage(i + 1);
        }
      }
      case "recursive", "ordinality" -> {
        if (tokens.isWord(i - 1, "with")) {
          return emitImage(i);
        }
      }
      case "unknown" -> {
        if (tokens.isWord(i - 1, "is")
            || (tokens.isWord(i - 1, "not") && tokens.isWord(i - 2, "is"))) {
          return emitImage(i);
        }
      }
      case "at" -> {
        if (tokens.isWord(i + 1, "time") && tokens.isWord(i + 2, "zone")) {
          emit("AT TIME ZONE", i);
          return i + 3;
        }
      }
      case "row", "rows" -> {
        if (isOffsetCount(i - 1)) {
          return i + 1;
        }
      }
      case "insert", "update", "delete", "merge" -> {
        if (i > start && tokens.isSymbol(i - 1, '(') && tokens.isName(i + 1)) {
          throw tokens.unsupported(i, "a data-modifying statement inside a query");
        }
      }
      case "grouping" -> {
        if (tokens.isWord(i + 1, "sets") && tokens.isSymbol(i + 2, '(')) {
          emitName(i);
          return i + 2;
        }
      }
      default -> {}
    }
    if (SpecialWords.hasOwnCallSyntax(word) && tokens.isSymbol(i + 1, '(')) {
      return wordyCall(i, word);
    }
    return emitName(i);
  }

  /** True for the last token of the count in {@code OFFSET n ROWS}. */
  private boolean isOffsetCount(int i) {
    int first = i;
    if (tokens.isSymbol(i, ')')) {
      first = openOf.getOrDefault(i, i);
    }
    return tokens.isWord(first - 1, "offset") && first - 1 >= start;
  }

  /**
   * The name of the function whose call ends, with FILTER and WITHIN GROUP, before {@code over}.
   */
  private int calledName(int over) {
    int close = over - 1;
    while (true) {
      int name = openOf.getOrDefault(close, close) - 1;
      if (tokens.isWord(name, "filter") && tokens.isSymbol(name - 1, ')')) {
        close = name - 1;
      } else if (tokens.isWord(name, "group") && tokens.isWord(name - 1, "within")) {
        close = name - 2;
      } else {
        return name;
      }
    }
  }

  private int wordyCall(int i, String word) {
    emitName(i);
    int next = i + 2;
    switch (word) {
      case "extract" -> {
        open(i + 1, Paren.EXTRACT);
        boolean field = tokens.isName(next) || tokens.kind(next).isString();
        if (!field || !tokens.isWord(next + 1, "from")) {
          throw tokens.syntaxError(field ? next + 1 : next, "EXTRACT(field FROM value)");
        }
        callNames.put(i, "extract");
        String name = tokens.isName(next) ? tokens.name(next) : tokens.stringValue(next);
        literals.put(
            next,
            new ParsedExpression.StringLiteral(
                name.toLowerCase(Locale.ROOT), tokens.position(next)));
        emitOpen("'" + next + "'", next);
        return next + 1;
      }
      case "trim" -> {
        open(i + 1, Paren.TRIM);
        String direction = tokens.isName(next) ? tokens.name(next) : "";
        String name = "btrim";
        if (direction.equals("leading")
            || direction.equals("trailing")
            || direction.equals("both")) {
          name = direction.equals("leading") ? "ltrim" : direction.equals("both") ? name : "rtrim";
          next++;
        }
        callNames.put(i, name);
        return tokens.isWord(next, "from") ? next + 1 : next;
      }
      case "position" -> {
        callNames.put(i, "position");
        return open(i + 1, Paren.POSITION);
      }
      default -> {
        return open(i + 1, Paren.WORDY_CALL);
      }
    }
  }
}

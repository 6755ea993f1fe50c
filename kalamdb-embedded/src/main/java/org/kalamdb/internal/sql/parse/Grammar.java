package org.kalamdb.internal.sql.parse;

/**
 * PostgreSQL's grammar of queries and expressions over the tokens of one statement: parsers by
 * recursive descent that call each other, one for each part of the grammar, and share a cursor.
 *
 * <p>Each reads as far as its part goes and leaves the cursor behind it; the first token that fits
 * nothing is the one an error blames.
 */
final class Grammar {
  final TokenCursor cursor;
  final Nesting nesting;
  final TypeParser types;
  final ExpressionParser expressions;
  final OperandParser operands;
  final CallParser calls;
  final WindowParser windows;
  final QueryParser queries;
  final SelectParser selects;
  final FromParser sources;

  Grammar(TokenCursor cursor) {
    this.cursor = cursor;
    this.nesting = new Nesting(cursor.tokens().limits().maxDepth());
    this.types = new TypeParser(cursor);
    this.expressions = new ExpressionParser(this);
    this.operands = new OperandParser(this);
    this.calls = new CallParser(this);
    this.windows = new WindowParser(this);
    this.queries = new QueryParser(this);
    this.selects = new SelectParser(this);
    this.sources = new FromParser(this);
  }
}

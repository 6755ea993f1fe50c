package org.kalamdb.internal.sql.parse;

/**
 * One statement as written: names are folded but not looked up. Immutable.
 *
 * <p>What asks for rows or changes them is a record of its own; the rest is grouped in {@link
 * CatalogStatement}, {@link ShowStatement}, {@link SessionStatement} and {@link
 * OperationStatement}.
 */
public sealed interface Statement
    permits SelectStatement,
        InsertStatement,
        UpdateStatement,
        DeleteStatement,
        MergeStatement,
        CopyFromStatement,
        CopyToStatement,
        ExplainStatement,
        SubscribeStatement,
        CatalogStatement,
        ShowStatement,
        SessionStatement,
        OperationStatement {
  /** Where the statement begins. */
  Position position();

  <R> R accept(StatementVisitor<R> visitor);
}

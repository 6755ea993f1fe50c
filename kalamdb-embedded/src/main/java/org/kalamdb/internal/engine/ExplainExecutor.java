package org.kalamdb.internal.engine;

import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.Explain;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.CopyFromStatement;
import org.kalamdb.internal.sql.parse.CopyToStatement;
import org.kalamdb.internal.sql.parse.ExplainStatement;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.parse.SubscribeStatement;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.StatementOutline;
import org.kalamdb.internal.sql.plan.WriteOutline;
import org.kalamdb.query.Result;
import org.kalamdb.schema.DataType;

/** EXPLAIN of queries, writes, CREATE TABLE AS and COPY; with ANALYZE they are carried out. */
final class ExplainExecutor {
  private final Engine engine;
  private final EngineSession session;
  private final QueryExecutor queries;

  ExplainExecutor(Engine engine, EngineSession session, QueryExecutor queries) {
    this.engine = engine;
    this.session = session;
    this.queries = queries;
  }

  /**
   * Explains a statement.
   *
   * @param run carries out what is no query and gives the number of rows
   */
  Result run(
      ParsedStatement parsed,
      ExplainStatement statement,
      @Nullable Object[] parameters,
      LongSupplier run) {
    List<String> lines;
    Statement inner = statement.statement();
    if (inner instanceof CreateTable create && create.query() != null) {
      session.permissions().checkAdministration("CREATE TABLE AS");
      String name = session.path().newId(create.name()).toString();
      Query query = create.query();
      lines = outlined(statement, run, () -> outline("Create table", name, query));
    } else if (inner instanceof CopyToStatement copy) {
      session.permissions().checkAdministration("COPY TO");
      lines = outlined(statement, run, () -> outline("Copy to", copy.file(), copy.query()));
    } else if (inner instanceof CopyFromStatement copy) {
      session.permissions().checkAdministration("COPY FROM");
      lines = outlined(statement, run, () -> outline(copy));
    } else if (inner instanceof SubscribeStatement subscribe) {
      StatementOutline outline =
          LiveBinding.outline(engine, session, subscribe, parameters, statement.analyze());
      lines = statement.json() ? List.of(Explain.json(outline)) : Explain.text(outline);
    } else {
      lines = planned(parsed, statement, parameters, run);
    }
    ShowExecutor.Listing listing =
        new ShowExecutor.Listing().column("plan", statement.json() ? DataType.JSON : DataType.TEXT);
    lines.forEach(listing::row);
    return listing.result();
  }

  private List<String> planned(
      ParsedStatement parsed,
      ExplainStatement statement,
      @Nullable Object[] parameters,
      LongSupplier run) {
    try (SessionTransaction own = session.transaction() == null ? queries.begin() : null) {
      SessionTransaction transaction = own == null ? session.transaction() : own;
      if (transaction == null) {
        throw new IllegalStateException("no transaction");
      }
      BoundStatement bound = queries.plan(parsed, transaction);
      return bound instanceof BoundQuery query
          ? query(query, statement, transaction, parameters)
          : outlined(statement, run, () -> WriteOutline.of(bound));
    }
  }

  private List<String> query(
      BoundQuery query,
      ExplainStatement statement,
      SessionTransaction transaction,
      @Nullable Object[] parameters) {
    // What is not run needs no values.
    boolean unknown = !statement.analyze() && parameters.length == 0;
    @Nullable Object[] values =
        unknown ? new @Nullable Object[query.parameterTypes().size()] : parameters;
    try (ExecutionContext context = queries.context(transaction, query, values)) {
      if (!transaction.isExplicit()) {
        context.useThreads();
      }
      LogicalPlan plan = engine.plans().arrange(query.plan(), context);
      Explain explain =
          statement.analyze()
              ? Explain.analyze(plan, context)
              : Explain.of(plan, context.estimates());
      return statement.json() ? List.of(explain.json()) : explain.text();
    }
  }

  private static List<String> outlined(
      ExplainStatement statement, LongSupplier run, Supplier<StatementOutline> outlining) {
    StatementOutline outline = outlining.get();
    if (statement.analyze()) {
      long start = System.nanoTime();
      long count = run.getAsLong();
      outline =
          outline.with(
              String.format(
                  Locale.ROOT,
                  "rows: %d, time: %.3f ms",
                  count,
                  (System.nanoTime() - start) / 1e6));
    }
    return statement.json() ? List.of(Explain.json(outline)) : Explain.text(outline);
  }

  private StatementOutline outline(String label, String subject, Query query) {
    try (SessionTransaction own = session.transaction() == null ? queries.begin() : null) {
      SessionTransaction transaction = own == null ? session.transaction() : own;
      if (transaction == null) {
        throw new IllegalStateException("no transaction");
      }
      LogicalPlan plan = engine.plans().plan(query, session, transaction.catalog()).plan();
      return new StatementOutline(label, subject, List.of(), List.of(plan), List.of());
    }
  }

  private StatementOutline outline(CopyFromStatement copy) {
    String columns = String.join(", ", copy.columns().stream().map(Identifier::name).toList());
    return new StatementOutline(
        "Copy from",
        copy.file(),
        columns.isEmpty()
            ? List.of("table: " + copy.table())
            : List.of("table: " + copy.table(), "columns: " + columns),
        List.of(),
        List.of());
  }
}

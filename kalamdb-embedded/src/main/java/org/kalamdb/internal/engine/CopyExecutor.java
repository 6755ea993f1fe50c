package org.kalamdb.internal.engine;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.copy.CsvWriter;
import org.kalamdb.internal.copy.JsonLinesWriter;
import org.kalamdb.internal.copy.RowWriter;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.sql.parse.CopyFromStatement;
import org.kalamdb.internal.sql.parse.CopyToStatement;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.Overriding;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.storage.cold.ParquetImport;
import org.kalamdb.internal.storage.file.Disk;
import org.kalamdb.internal.storage.file.DurableFiles;
import org.kalamdb.internal.storage.file.FileOutput;
import org.kalamdb.internal.storage.file.OutsideFiles;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.schema.DataType;

/**
 * COPY between files and tables, row by row in bounded memory. A file is written under a temporary
 * name and put in place when it is on disk; what is read becomes one commit.
 */
final class CopyExecutor {
  private final Engine engine;
  private final EngineSession session;
  private final QueryExecutor queries;

  CopyExecutor(Engine engine, EngineSession session, QueryExecutor queries) {
    this.engine = engine;
    this.session = session;
    this.queries = queries;
  }

  /** Reads a file into a table and gives the number of rows. */
  long from(CopyFromStatement statement, ParsedStatement parsed) {
    CopyOptions options =
        CopyOptions.of(statement.options(), statement.file(), true, statement.position());
    Path file = path(statement.file(), statement.position());
    if (!Files.isRegularFile(file)) {
      throw statement
          .position()
          .error(
              ErrorCode.UNDEFINED_FILE,
              "could not open file \"" + statement.file() + "\" for reading");
    }
    InsertStatement insert =
        new InsertStatement(
            List.of(),
            false,
            statement.table(),
            null,
            statement.columns(),
            Overriding.SYSTEM,
            null,
            null,
            List.of(),
            null,
            statement.position());
    return queries.copyIn(
        new ParsedStatement(insert, parsed.sql(), 0, 0, 0),
        statement.columns(),
        (table, targets, each) -> {
          try {
            if (options.parquet() != null) {
              long memory = engine.options().queryMemoryBytes();
              try (ParquetImport in = ParquetImport.open(OutsideFiles.open(file), memory)) {
                copy(new ParquetSource(table, targets, in), each);
              }
            } else {
              try (BufferedReader in = reader(file)) {
                copy(new CopySource(table, targets, options, in), each);
              }
            }
          } catch (IOException e) {
            throw new KalamException(
                ErrorCode.IO_ERROR, "could not read file \"" + statement.file() + "\"", e);
          }
        });
  }

  private static BufferedReader reader(Path file) throws IOException {
    return new BufferedReader(
        new InputStreamReader(
            Files.newInputStream(file),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)),
        1 << 16);
  }

  private void copy(CopyRows rows, Consumer<@Nullable Object[]> each) throws IOException {
    rows.begin();
    @Nullable Object[] row = rows.next();
    while (row != null) {
      queries.cancel().check();
      try {
        each.accept(row);
      } catch (KalamException e) {
        throw rows.located(e);
      }
      row = rows.next();
    }
  }

  /** Writes the rows of a query into a file and gives their number. */
  long to(CopyToStatement statement, @Nullable Object[] parameters) {
    CopyOptions options =
        CopyOptions.of(statement.options(), statement.file(), false, statement.position());
    Path file = path(statement.file(), statement.position());
    Path directory = file.getParent();
    if (directory == null || !Files.isDirectory(directory) || Files.isDirectory(file)) {
      throw statement
          .position()
          .error(
              ErrorCode.UNDEFINED_FILE,
              "could not open file \"" + statement.file() + "\" for writing");
    }
    SessionTransaction open = session.transaction();
    if (open != null) {
      return write(statement, options, file, open, parameters);
    }
    try (SessionTransaction own = session.beginStatement()) {
      return write(statement, options, file, own, parameters);
    }
  }

  private long write(
      CopyToStatement statement,
      CopyOptions options,
      Path file,
      SessionTransaction transaction,
      @Nullable Object[] parameters) {
    CatalogSnapshot catalog = transaction.catalog();
    BoundQuery bound = engine.plans().plan(statement.query(), session, catalog);
    if (statement.wholeTable()) {
      bound = bound.withPlan(withoutGenerated(bound.plan(), catalog));
    }
    EvaluationContext evaluation =
        QueryExecutor.evaluation(engine, session, bound.parameterTypes(), parameters);
    TableSnapshot snapshot =
        new TableSnapshot(
            engine.tables(),
            transaction.view().snapshot(),
            transaction.view().seq(),
            evaluation.statementTime().toEpochMilli(),
            transaction.visibleWrites(),
            transaction.reads());
    List<String> names = bound.plan().columns().stream().map(PlanColumn::name).toList();
    List<DataType> types = bound.plan().columns().stream().map(PlanColumn::type).toList();
    StatementRows source =
        new StatementRows(engine, session.userId(), snapshot, evaluation, queries.cancel());
    Path temporary = file.resolveSibling(file.getFileName() + "." + engine.ids().next() + ".tmp");
    CopyOptions.ParquetFormat parquet = options.parquet();
    try {
      long count;
      if (parquet != null) {
        count = new ParquetCopy(parquet, statement.position()).write(bound, source, temporary);
      } else {
        Set<Integer> forceQuote = forceQuote(options, names, statement.position());
        try (WritableFile to = OutsideFiles.create(temporary)) {
          Writer out =
              new BufferedWriter(
                  new OutputStreamWriter(new FileOutput(to), StandardCharsets.UTF_8), 1 << 16);
          RowWriter rows =
              options.csv() == null
                  ? new JsonLinesWriter(out, types)
                  : new CsvWriter(out, options.csv(), types, forceQuote);
          count = writeText(rows, names, bound, source);
          out.flush();
          to.sync();
        }
      }
      DurableFiles.move(temporary, file);
      return count;
    } catch (IOException | UncheckedIOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "could not write file \"" + statement.file() + "\"", e);
    } finally {
      deleteIfLeft(temporary);
    }
  }

  /** A table is copied without its generated columns, so that it can be copied back. */
  private static LogicalPlan withoutGenerated(LogicalPlan plan, CatalogSnapshot catalog) {
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < plan.columns().size(); i++) {
      PlanColumn column = plan.columns().get(i);
      TableDefinition table = column.table() == null ? null : catalog.table(column.table());
      int index =
          table == null || column.column() == null ? -1 : table.schema().indexOf(column.column());
      if (table == null || index < 0 || table.schema().column(index).generatedSql() == null) {
        kept.add(i);
      }
    }
    return kept.size() == plan.columns().size() ? plan : Project.ofColumns(plan, kept);
  }

  private static long writeText(
      RowWriter rows, List<String> names, BoundQuery bound, StatementRows source)
      throws IOException {
    long[] count = new long[1];
    rows.begin(names);
    source.forEach(
        bound.plan(),
        row -> {
          count[0]++;
          writeRow(rows, row);
        });
    return count[0];
  }

  private static void writeRow(RowWriter rows, @Nullable Object[] row) {
    try {
      rows.write(row);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void deleteIfLeft(Path temporary) {
    try {
      Disk.of(temporary).delete(temporary);
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "could not delete file \"" + temporary + "\"", e);
    }
  }

  private static Set<Integer> forceQuote(
      CopyOptions options, List<String> names, Position position) {
    Set<Integer> columns = new HashSet<>();
    for (String name : options.forceQuote()) {
      if (name.equals("*")) {
        for (int i = 0; i < names.size(); i++) {
          columns.add(i);
        }
      } else if (names.contains(name)) {
        columns.add(names.indexOf(name));
      } else {
        throw position.error(
            ErrorCode.UNDEFINED_COLUMN, "FORCE_QUOTE column \"" + name + "\" is not copied");
      }
    }
    return columns;
  }

  private static Path path(String file, Position position) {
    try {
      return Path.of(file).toAbsolutePath();
    } catch (InvalidPathException e) {
      throw position.error(ErrorCode.UNDEFINED_FILE, "\"" + file + "\" is not a file name");
    }
  }
}

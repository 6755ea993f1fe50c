package org.kalamdb.internal.engine;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.flush.CompactionResult;
import org.kalamdb.internal.flush.FlushResult;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.OperationStatement.KillJob;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageCheck;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageCompact;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageFlush;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.query.Result;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.UserId;

/**
 * Runs statements that have the database look after itself: each is a job, whose end they wait for,
 * and which ends when they are cancelled.
 */
final class MaintenanceExecutor {
  private final Engine engine;
  private final ShowExecutor show;
  private final CancelToken cancel;

  MaintenanceExecutor(Engine engine, ShowExecutor show, CancelToken cancel) {
    this.engine = engine;
    this.show = show;
    this.cancel = cancel;
  }

  /** What a statement is about: a table, a partition of it, or many tables. */
  private record Subject(String name, List<TableDefinition> tables, @Nullable UserId user) {}

  Result flush(StorageFlush statement) {
    Subject subject =
        subject(statement.table(), statement.namespace(), statement.user(), statement.position());
    long started = System.nanoTime();
    long[] sum = new long[3];
    Job job =
        run(
            Job.Type.FLUSH,
            subject,
            running -> {
              for (TableDefinition table : subject.tables()) {
                FlushResult result = engine.flush(table, subject.user(), running, cancel::check);
                sum[0] += result.rows();
                sum[1] += result.files();
                sum[2] += result.bytes();
              }
            });
    return new ShowExecutor.Listing()
        .column("job_id", DataType.TEXT)
        .column("status", DataType.TEXT)
        .column("table_name", DataType.TEXT)
        .column("rows", DataType.BIGINT)
        .column("files", DataType.BIGINT)
        .column("bytes", DataType.BIGINT)
        .column("took_ms", DataType.DOUBLE)
        .row(
            job.id(),
            "completed",
            subject.name(),
            sum[0],
            sum[1],
            sum[2],
            (System.nanoTime() - started) / 1e6)
        .result();
  }

  Result compact(StorageCompact statement) {
    Subject subject =
        subject(statement.table(), statement.namespace(), statement.user(), statement.position());
    long started = System.nanoTime();
    CompactionResult[] sum = {CompactionResult.NONE};
    Job job =
        run(
            Job.Type.COMPACT,
            subject,
            running -> {
              for (TableDefinition table : subject.tables()) {
                sum[0] = sum[0].plus(engine.compact(table, subject.user(), running, cancel::check));
              }
            });
    CompactionResult result = sum[0];
    return new ShowExecutor.Listing()
        .column("job_id", DataType.TEXT)
        .column("status", DataType.TEXT)
        .column("table_name", DataType.TEXT)
        .column("segments_read", DataType.BIGINT)
        .column("segments_written", DataType.BIGINT)
        .column("rows_read", DataType.BIGINT)
        .column("rows_written", DataType.BIGINT)
        .column("bytes_read", DataType.BIGINT)
        .column("bytes_written", DataType.BIGINT)
        .column("took_ms", DataType.DOUBLE)
        .row(
            job.id(),
            "completed",
            subject.name(),
            result.segmentsIn(),
            result.segmentsOut(),
            result.rowsIn(),
            result.rowsOut(),
            result.bytesIn(),
            result.bytesOut(),
            (System.nanoTime() - started) / 1e6)
        .result();
  }

  Result check(StorageCheck statement) {
    long started = System.nanoTime();
    Subject subject = new Subject(statement.id().name(), List.of(), null);
    Job job =
        run(
            Job.Type.CHECK,
            subject,
            running -> {
              running.started();
              engine.storageExecutor().check(statement.id());
            });
    return new ShowExecutor.Listing()
        .column("job_id", DataType.TEXT)
        .column("status", DataType.TEXT)
        .column("storage_id", DataType.TEXT)
        .column("took_ms", DataType.DOUBLE)
        .row(job.id(), "completed", subject.name(), (System.nanoTime() - started) / 1e6)
        .result();
  }

  private Job run(Job.Type type, Subject subject, Consumer<Job> work) {
    Job job = engine.jobs().create(type, subject.name(), subject.user());
    try {
      work.accept(job);
      job.completed();
      return job;
    } catch (RuntimeException | Error e) {
      job.failed(e);
      throw e;
    }
  }

  private Subject subject(
      @Nullable ObjectName name,
      @Nullable Identifier namespace,
      @Nullable String user,
      Position position) {
    if (name != null) {
      TableDefinition table = show.table(name);
      return new Subject(table.id().toString(), List.of(table), userOf(position, table, user));
    }
    if (user != null) {
      throw position.error(
          ErrorCode.FEATURE_NOT_SUPPORTED, "ALL together with FOR USER is not supported");
    }
    return new Subject(
        namespace == null ? "ALL" : "ALL IN " + namespace.name(),
        engine.tablesToFlush(namespace),
        null);
  }

  private static @Nullable UserId userOf(
      Position position, TableDefinition table, @Nullable String user) {
    if (user == null) {
      return null;
    }
    if (!table.type().isPerUser()) {
      throw position.error(
          ErrorCode.WRONG_OBJECT_TYPE, "table \"" + table.id() + "\" has no partition per user");
    }
    return UserExecutor.named(user, position);
  }

  /** Tells a job to stop, which it does at its next step. */
  Result kill(KillJob statement) {
    Job job = engine.jobs().find(statement.id());
    if (job == null) {
      throw statement
          .position()
          .error(ErrorCode.UNDEFINED_OBJECT, "job \"" + statement.id() + "\" does not exist")
          .withHint("SHOW JOBS lists them.");
    }
    if (!job.cancel()) {
      throw statement
          .position()
          .error(
              ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
              "job \"" + job.id() + "\" has ended: " + name(job.state().status()));
    }
    return new ShowExecutor.Listing()
        .column("job_id", DataType.TEXT)
        .column("status", DataType.TEXT)
        .row(job.id(), "cancelling")
        .result();
  }

  /** Those under way first, then the ones that ended last. */
  Result jobs() {
    ShowExecutor.Listing listing =
        new ShowExecutor.Listing()
            .column("job_id", DataType.TEXT)
            .column("type", DataType.TEXT)
            .column("status", DataType.TEXT)
            .column("subject", DataType.TEXT)
            .column("created", DataType.TIMESTAMPTZ)
            .column("rows_done", DataType.BIGINT)
            .column("message", DataType.TEXT);
    engine.jobs().list().stream()
        .sorted(
            Comparator.comparing((Job.State job) -> job.status().isFinal())
                .thenComparing(Job.State::createdMillis, Comparator.reverseOrder()))
        .forEach(
            job ->
                listing.row(
                    job.id(),
                    job.type().name().toLowerCase(Locale.ROOT),
                    name(job.status()),
                    job.subject(),
                    Instant.ofEpochMilli(job.createdMillis()),
                    job.rowsDone(),
                    job.message()));
    return listing.result();
  }

  private static String name(Job.Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }
}

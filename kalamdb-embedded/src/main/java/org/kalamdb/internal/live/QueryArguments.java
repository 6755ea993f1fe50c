package org.kalamdb.internal.live;

import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/** What a live query was subscribed to with: parameter values, session, moment. Immutable. */
public final class QueryArguments {
  private final Asker asker;
  private final long epochMicros;
  private final @Nullable Object[] parameters;

  /** What expressions may know of a session; shared by all its live queries. */
  public record Asker(
      SnowflakeIds ids, @Nullable UserId user, String role, String namespace, ZoneId zone) {}

  /**
   * @param parameters in the Java classes of their bound types
   */
  public QueryArguments(Asker asker, Instant at, List<@Nullable Object> parameters) {
    this.asker = asker;
    this.epochMicros = ChronoUnit.MICROS.between(Instant.EPOCH, at);
    this.parameters = parameters.toArray();
  }

  public @Nullable UserId user() {
    return asker.user;
  }

  /** The lowest number a commit may have had since. */
  long firstSeq() {
    return SeqId.firstAt(Math.floorDiv(epochMicros, 1000)).value();
  }

  @Nullable Object[] parameters() {
    return parameters;
  }

  /** Of the parameters. */
  public List<@Nullable Object> values() {
    return Collections.unmodifiableList(Arrays.asList(parameters));
  }

  /** The same of another moment. */
  public QueryArguments at(Instant moment) {
    return new QueryArguments(asker, moment, Arrays.asList(parameters));
  }

  /** A new context, for one thread at a time. */
  public EvaluationContext newContext() {
    return EvaluationContext.builder(asker.ids)
        .parameters(Arrays.asList(parameters))
        .statementTime(Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS))
        .user(asker.user == null ? "" : asker.user.value())
        .role(asker.role)
        .namespace(asker.namespace)
        .zone(asker.zone)
        .build();
  }

  /**
   * Whether a query gives the same rows with the others.
   *
   * @param asksSession whether it may depend on who asks
   */
  boolean givesTheSame(QueryArguments other, boolean asksSession) {
    return Arrays.equals(parameters, other.parameters)
        && asker.zone.equals(other.asker.zone)
        && (!asksSession || asker.equals(other.asker));
  }

  /** Equal for arguments that {@link #givesTheSame give the same}. */
  int parametersHash() {
    return Arrays.hashCode(parameters);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof QueryArguments that && givesTheSame(that, true);
  }

  @Override
  public int hashCode() {
    return Objects.hash(parametersHash(), asker);
  }
}

package org.kalamdb.internal.expr;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.SnowflakeIds;

/**
 * What an expression may know besides its rows: the parameters, the session, and the statement's
 * one moment in time. One per statement; not thread-safe.
 */
public final class EvaluationContext {
  private final List<@Nullable Object> parameters;
  private final Instant statementTime;
  private final String user;
  private final String role;
  private final String namespace;
  private final ZoneId zone;
  private final SnowflakeIds ids;
  private final RandomGenerator random;
  private final Map<Integer, @Nullable Object> outerValues = new HashMap<>();
  private long outerRevision;
  private Runnable interruption = () -> {};

  private EvaluationContext(Builder builder) {
    this.parameters = builder.parameters;
    this.statementTime = builder.statementTime;
    this.user = builder.user;
    this.role = builder.role;
    this.namespace = builder.namespace;
    this.zone = builder.zone;
    this.ids = builder.ids;
    this.random = builder.random;
  }

  /** A context of a session; the ids are the database's. */
  public static Builder builder(SnowflakeIds ids) {
    return new Builder(ids);
  }

  /**
   * The value of parameter {@code index}, from 0, in the Java class of the type it was bound with.
   *
   * @throws KalamException 42P02 if it was not given
   */
  public @Nullable Object parameter(int index) {
    if (index >= parameters.size()) {
      throw new KalamException(
          ErrorCode.UNDEFINED_PARAMETER, "there is no parameter $" + (index + 1));
    }
    return parameters.get(index);
  }

  /** The value of a column of the query around, as it was last set. */
  @Nullable Object outerValue(int id) {
    if (!outerValues.containsKey(id)) {
      throw new IllegalStateException("no outer row gives column " + id);
    }
    return outerValues.get(id);
  }

  /** Another number after each {@link #setOuterValue}. */
  long outerRevision() {
    return outerRevision;
  }

  /** Sets a column of the query around for the runs to come, in the Java class of its type. */
  public void setOuterValue(int id, @Nullable Object value) {
    outerValues.put(id, value);
    outerRevision++;
  }

  /** Sets what long computations ask now and then; it throws if the statement is to stop. */
  public void interruptedBy(Runnable check) {
    interruption = check;
  }

  /** Throws if the statement is to stop. */
  void checkInterruption() {
    interruption.run();
  }

  /** NOW(): the same throughout the statement. */
  public Instant statementTime() {
    return statementTime;
  }

  public String user() {
    return user;
  }

  public String role() {
    return role;
  }

  public String namespace() {
    return namespace;
  }

  public ZoneId zone() {
    return zone;
  }

  public SnowflakeIds ids() {
    return ids;
  }

  public RandomGenerator random() {
    return random;
  }

  /** Collects what a context knows; defaults suit expressions that no session asked for. */
  public static final class Builder {
    private final SnowflakeIds ids;
    private List<@Nullable Object> parameters = List.of();
    private Instant statementTime = Instant.now();
    private String user = "";
    private String role = "";
    private String namespace = "default";
    private ZoneId zone = ZoneOffset.UTC;
    private RandomGenerator random = new SplittableRandom();

    private Builder(SnowflakeIds ids) {
      this.ids = ids;
    }

    /** Values in the Java classes of their bound types; the list is kept. */
    public Builder parameters(List<@Nullable Object> values) {
      this.parameters = values;
      return this;
    }

    public Builder statementTime(Instant value) {
      this.statementTime = value;
      return this;
    }

    public Builder user(String value) {
      this.user = value;
      return this;
    }

    public Builder role(String value) {
      this.role = value;
      return this;
    }

    public Builder namespace(String value) {
      this.namespace = value;
      return this;
    }

    public Builder zone(ZoneId value) {
      this.zone = value;
      return this;
    }

    public Builder random(RandomGenerator value) {
      this.random = value;
      return this;
    }

    public EvaluationContext build() {
      return new EvaluationContext(this);
    }
  }
}

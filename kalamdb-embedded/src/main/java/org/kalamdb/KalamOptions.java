package org.kalamdb;

import java.time.Clock;
import java.time.Duration;
import java.util.Objects;

/** How a database is opened. Immutable; every option has a default that suits an application. */
public final class KalamOptions {
  private static final KalamOptions DEFAULTS = builder().build();

  private final Durability durability;
  private final boolean createIfMissing;
  private final RecoveryMode recovery;
  private final long hotCacheBytes;
  private final long coldCacheBytes;
  private final long memoryLimitBytes;
  private final long queryMemoryBytes;
  private final long liveMemoryBytes;
  private final long transactionMemoryBytes;
  private final long diskReserveBytes;
  private final long hotLimitBytes;
  private final long hotHardLimitBytes;
  private final Duration hotLimitWait;
  private final int workerId;
  private final Clock clock;
  private final Duration closeTimeout;
  private final boolean backgroundCompaction;
  private final Duration statementTimeout;
  private final int queryThreads;
  private final Duration idleTransactionTimeout;

  private KalamOptions(Builder builder) {
    durability = builder.durability;
    createIfMissing = builder.createIfMissing;
    recovery = builder.recovery;
    hotCacheBytes = builder.hotCacheBytes;
    coldCacheBytes = builder.coldCacheBytes;
    memoryLimitBytes = builder.memoryLimitBytes;
    queryMemoryBytes = builder.queryMemoryBytes;
    liveMemoryBytes = builder.liveMemoryBytes;
    transactionMemoryBytes = builder.transactionMemoryBytes;
    diskReserveBytes = builder.diskReserveBytes;
    hotLimitBytes = builder.hotLimitBytes;
    hotHardLimitBytes = builder.hotHardLimitBytes;
    hotLimitWait = builder.hotLimitWait;
    workerId = builder.workerId;
    clock = builder.clock;
    closeTimeout = builder.closeTimeout;
    backgroundCompaction = builder.backgroundCompaction;
    statementTimeout = builder.statementTimeout;
    queryThreads = builder.queryThreads;
    idleTransactionTimeout = builder.idleTransactionTimeout;
  }

  public static KalamOptions defaults() {
    return DEFAULTS;
  }

  public static Builder builder() {
    return new Builder();
  }

  public Durability durability() {
    return durability;
  }

  public boolean createIfMissing() {
    return createIfMissing;
  }

  public RecoveryMode recovery() {
    return recovery;
  }

  public long hotCacheBytes() {
    return hotCacheBytes;
  }

  public long coldCacheBytes() {
    return coldCacheBytes;
  }

  public long memoryLimitBytes() {
    return memoryLimitBytes;
  }

  public long queryMemoryBytes() {
    return queryMemoryBytes;
  }

  public long liveMemoryBytes() {
    return liveMemoryBytes;
  }

  public long transactionMemoryBytes() {
    return transactionMemoryBytes;
  }

  public long diskReserveBytes() {
    return diskReserveBytes;
  }

  public long hotLimitBytes() {
    return hotLimitBytes;
  }

  public long hotHardLimitBytes() {
    return hotHardLimitBytes;
  }

  public Duration hotLimitWait() {
    return hotLimitWait;
  }

  public int workerId() {
    return workerId;
  }

  public Clock clock() {
    return clock;
  }

  public Duration closeTimeout() {
    return closeTimeout;
  }

  /** Whether cold rows are compacted without being asked for. */
  public boolean backgroundCompaction() {
    return backgroundCompaction;
  }

  public Duration statementTimeout() {
    return statementTimeout;
  }

  public int queryThreads() {
    return queryThreads;
  }

  public Duration idleTransactionTimeout() {
    return idleTransactionTimeout;
  }

  /** Collects options. Not thread-safe. */
  public static final class Builder {
    private Durability durability = Durability.SYNC;
    private boolean createIfMissing = true;
    private RecoveryMode recovery = RecoveryMode.STRICT;
    private long hotCacheBytes = 64L << 20;
    private long coldCacheBytes = 64L << 20;
    private long memoryLimitBytes = 2L << 30;
    private long queryMemoryBytes = 512L << 20;
    private long liveMemoryBytes = Runtime.getRuntime().maxMemory() / 8;
    private long transactionMemoryBytes = Runtime.getRuntime().maxMemory() / 4;
    private long diskReserveBytes = 128L << 20;
    private long hotLimitBytes = 1L << 30;
    private long hotHardLimitBytes = 4L << 30;
    private Duration hotLimitWait = Duration.ofMinutes(1);
    private int workerId;
    private Clock clock = Clock.systemUTC();
    private Duration closeTimeout = Duration.ofSeconds(10);
    private boolean backgroundCompaction = true;
    private Duration statementTimeout = Duration.ZERO;
    private Duration idleTransactionTimeout = Duration.ZERO;
    private int queryThreads = Runtime.getRuntime().availableProcessors();

    private Builder() {}

    /** What an acknowledged commit survives; {@link Durability#SYNC} unless set. */
    public Builder durability(Durability durability) {
      this.durability = Objects.requireNonNull(durability, "durability");
      return this;
    }

    /** Whether a directory that is missing or empty becomes a new database; true unless set. */
    public Builder createIfMissing(boolean createIfMissing) {
      this.createIfMissing = createIfMissing;
      return this;
    }

    /**
     * What opening a damaged database does; {@link RecoveryMode#STRICT}, which refuses it, unless
     * set.
     */
    public Builder recovery(RecoveryMode recovery) {
      this.recovery = Objects.requireNonNull(recovery, "recovery");
      return this;
    }

    /** Bytes of hot rows cached in memory; 64 MiB unless set. */
    public Builder hotCacheBytes(long bytes) {
      this.hotCacheBytes = positive("hotCacheBytes", bytes);
      return this;
    }

    /**
     * Bytes of footers, manifests and pages of cold segments cached in memory; 64 MiB unless set.
     */
    public Builder coldCacheBytes(long bytes) {
      this.coldCacheBytes = positive("coldCacheBytes", bytes);
      return this;
    }

    /**
     * The most off-heap bytes all queries, flushes and results together may take; 2 GiB unless set.
     */
    public Builder memoryLimitBytes(long bytes) {
      this.memoryLimitBytes = positive("memoryLimitBytes", bytes);
      return this;
    }

    /**
     * The most bytes one query may hold in memory; 512 MiB unless set. Sorts, aggregates, joins and
     * DISTINCT put what does not fit into files in the database's directory; 53200 comes only where
     * that does not help.
     */
    public Builder queryMemoryBytes(long bytes) {
      this.queryMemoryBytes = positive("queryMemoryBytes", bytes);
      return this;
    }

    /**
     * About how many bytes of the heap live queries may keep rows in, all together: joins,
     * aggregates, ordered and distinct rows; plain filters keep none. A query that needs more is
     * run again whenever its tables change, and tells its listeners so; one whose result alone is
     * too much ends with 53200. An eighth of the Java heap unless set.
     */
    public Builder liveMemoryBytes(long bytes) {
      this.liveMemoryBytes = positive("liveMemoryBytes", bytes);
      return this;
    }

    /**
     * About how many bytes of the heap the changes of one transaction, and apart from them the rows
     * one statement changes at once, may take; more is 53200, and the statement has changed
     * nothing. A quarter of the Java heap unless set.
     */
    public Builder transactionMemoryBytes(long bytes) {
      this.transactionMemoryBytes = positive("transactionMemoryBytes", bytes);
      return this;
    }

    /**
     * The free bytes that writes leave on the disk of the database: with less they fail with 53100,
     * having changed nothing, until there is more room, while reads go on, and down to half of it
     * deletes too. 128 MiB unless set, which is what the hot tier may put into files by itself; a
     * smaller reserve risks that it fails for want of space and has to be opened again; with 0
     * nothing is looked at before it does.
     */
    public Builder diskReserveBytes(long bytes) {
      if (bytes < 0) {
        throw new IllegalArgumentException("diskReserveBytes must not be negative: " + bytes);
      }
      this.diskReserveBytes = bytes;
      return this;
    }

    /**
     * About so many bytes of hot rows the database keeps, 1 GiB unless set: above it the largest
     * partitions are flushed, whatever the policies of their tables say, but not of tables with
     * {@code FLUSH_POLICY = 'off'}, which are not counted either. Above {@code hardLimitBytes}, 4
     * GiB unless set, commits that write rows wait for that, as long as {@link #hotLimitWait} says.
     */
    public Builder hotLimitBytes(long bytes, long hardLimitBytes) {
      this.hotLimitBytes = positive("hotLimitBytes", bytes);
      if (hardLimitBytes < bytes) {
        throw new IllegalArgumentException(
            "the hard limit must not be below the limit: " + hardLimitBytes);
      }
      this.hotHardLimitBytes = hardLimitBytes;
      return this;
    }

    /**
     * How long a commit that writes rows waits while more is hot than the hard limit of {@link
     * #hotLimitBytes}, a minute unless set; then it fails with 53400, having changed nothing.
     */
    public Builder hotLimitWait(Duration longest) {
      if (longest.isNegative()) {
        throw new IllegalArgumentException("hotLimitWait must not be negative: " + longest);
      }
      this.hotLimitWait = longest;
      return this;
    }

    /**
     * The 10 bits that tell SNOWFLAKE_ID() values of several databases apart; 0 to 1023, 0 unless
     * set.
     */
    public Builder workerId(int workerId) {
      if (workerId < 0 || workerId > 1023) {
        throw new IllegalArgumentException("workerId must be from 0 to 1023: " + workerId);
      }
      this.workerId = workerId;
      return this;
    }

    /** Where NOW(), commit numbers and the expiry of events take the time from. */
    public Builder clock(Clock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Whether files of cold rows that are small or have many replaced rows are merged in the
     * background, which is the default; STORAGE COMPACT does it either way.
     */
    public Builder backgroundCompaction(boolean on) {
      this.backgroundCompaction = on;
      return this;
    }

    /** How long {@link KalamDB#close()} waits for what still runs; 10 seconds unless set. */
    public Builder closeTimeout(Duration timeout) {
      if (timeout.isNegative()) {
        throw new IllegalArgumentException("closeTimeout must not be negative: " + timeout);
      }
      this.closeTimeout = timeout;
      return this;
    }

    /**
     * How long a statement may run before it fails with 57014, unless its session says otherwise;
     * zero, which is no limit, unless set.
     */
    public Builder statementTimeout(Duration timeout) {
      if (timeout.isNegative()) {
        throw new IllegalArgumentException("statementTimeout must not be negative: " + timeout);
      }
      this.statementTimeout = timeout;
      return this;
    }

    /**
     * How long a transaction may be open without a statement running, unless its session says
     * otherwise; then it is rolled back, and the session's next statement fails with 25P03. An open
     * transaction keeps old rows and files from being deleted. Zero, which is no limit, unless set.
     */
    public Builder idleTransactionTimeout(Duration timeout) {
      if (timeout.isNegative()) {
        throw new IllegalArgumentException(
            "idleTransactionTimeout must not be negative: " + timeout);
      }
      this.idleTransactionTimeout = timeout;
      return this;
    }

    /**
     * How many threads work on a query, the one that runs it included; the others are of one pool
     * that all queries share. With two or more, long scans and what follows on them are divided. As
     * many as there are processors unless set.
     */
    public Builder queryThreads(int threads) {
      if (threads < 1) {
        throw new IllegalArgumentException("queryThreads must be positive: " + threads);
      }
      this.queryThreads = threads;
      return this;
    }

    private static long positive(String name, long bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException(name + " must be positive: " + bytes);
      }
      return bytes;
    }

    public KalamOptions build() {
      return new KalamOptions(this);
    }
  }
}

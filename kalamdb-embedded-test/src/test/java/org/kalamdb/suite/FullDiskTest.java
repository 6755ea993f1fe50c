package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Health;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A disk that really is full: writes are refused before the hot tier fails, or the hot tier fails
 * and is opened again; either way nothing that was acknowledged is lost, and everything goes on by
 * itself once there is room.
 */
class FullDiskTest {
  /** Only there so that a test that hangs ends. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int MEGABYTES = 160;
  private static final long RESERVE = 32L << 20;
  private static final int ROUNDS = Integer.getInteger("kalamdb.disk.rounds", 1);
  private static final long SEED = 20_260_101;

  @TempDir Path directory;

  private final Random random = new Random(SEED);
  private final TreeSet<Long> acknowledged = new TreeSet<>();
  private final HandClock clock = new HandClock();
  private SmallDisk disk;
  private KalamDB db;
  private long nextId;

  @BeforeEach
  void mount() throws Exception {
    disk = SmallDisk.mount(Files.createDirectory(directory.resolve("disk")), MEGABYTES);
  }

  @AfterEach
  void unmount() throws Exception {
    if (db != null) {
      db.close();
    }
    if (disk != null) {
      disk.close();
    }
  }

  private void open(long reserve, String policy) {
    db =
        KalamDB.open(
            disk.root().resolve("db"),
            KalamOptions.builder().diskReserveBytes(reserve).clock(clock).build());
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE TABLE n.t (id BIGINT PRIMARY KEY, v TEXT)" + policy);
  }

  /** Inserts a row that cannot be compressed to much less. */
  private void insert() {
    byte[] bytes = new byte[24_000];
    random.nextBytes(bytes);
    long id = nextId++;
    db.execute(
        "INSERT INTO n.t VALUES (?, ?)", id, java.util.Base64.getEncoder().encodeToString(bytes));
    acknowledged.add(id);
  }

  private KalamException insertUntilRefused() {
    for (int i = 0; i < MEGABYTES * 1024; i++) {
      try {
        insert();
      } catch (KalamException e) {
        return e;
      }
    }
    throw new AssertionError("The disk does not become full; seed " + SEED);
  }

  private void assertNothingLost() {
    TreeSet<Long> there = new TreeSet<>();
    db.query("SELECT id FROM n.t WHERE length(v) = 32000")
        .list()
        .forEach(r -> there.add(r.getLong(0)));
    assertThat(there).as("rows there; seed %d", SEED).containsAll(acknowledged);
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("patience for %s", what).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void reserve_whenReached_refusesWritesAndLetsDeletesAndReadsGoOn() throws Exception {
    open(RESERVE, "");
    insert();
    disk.fillUpTo(RESERVE + (2 << 20));
    KalamException refused = insertUntilRefused();
    assertThat(refused.code()).as(refused.getMessage()).isEqualTo(ErrorCode.DISK_FULL);
    assertThat(refused.hint()).contains("diskReserveBytes");
    assertThat(db.health().state()).isEqualTo(Health.State.FULL);
    assertNothingLost();
    disk.fillUpTo(RESERVE * 3 / 4);
    assertThat(db.execute("DELETE FROM n.t WHERE id = 0")).isEqualTo(1);
    acknowledged.remove(0L);
    KalamException flush =
        catchThrowableOfType(KalamException.class, () -> db.execute("STORAGE FLUSH TABLE n.t"));
    assertThat(flush.code()).isEqualTo(ErrorCode.DISK_FULL);
    disk.empty();
    insert();
    assertThat(db.health().isOpen()).isTrue();
    assertNothingLost();
    assertThat(db.check().problems()).isEmpty();
  }

  @Test
  void flushByPolicy_onAFullDisk_keepsRowsHotAndIsTriedAgain() throws Exception {
    open(RESERVE, " WITH (FLUSH_POLICY = 'interval:1')");
    for (int i = 0; i < 20; i++) {
      insert();
    }
    disk.fillUpTo(RESERVE / 2);
    clock.advance(Duration.ofSeconds(10));
    KalamException flush =
        catchThrowableOfType(KalamException.class, () -> db.execute("STORAGE FLUSH TABLE n.t"));
    assertThat(flush.code()).isEqualTo(ErrorCode.DISK_FULL);
    assertThat(hotRows()).isEqualTo(20);
    assertNothingLost();
    disk.empty();
    await("the flush", () -> hotRows() == 0);
    assertNothingLost();
    assertThat(db.check().problems()).isEmpty();
  }

  private long hotRows() {
    return db.query("SHOW STATS FOR TABLE n.t").single().getLong("hot_rows");
  }

  @Test
  void hotTier_outOfSpace_isOpenedAgainAndLosesNothing() throws Exception {
    open(0, "");
    insert();
    for (int round = 0; round < ROUNDS; round++) {
      disk.fillUpTo(1 << 20);
      KalamException failed = insertUntilRefused();
      assertThat(failed.code())
          .as(failed.getMessage())
          .isEqualTo(ErrorCode.STATEMENT_COMPLETION_UNKNOWN);
      KalamException refused = catchThrowableOfType(KalamException.class, this::insert);
      assertThat(refused.code()).isEqualTo(ErrorCode.IO_ERROR);
      assertThat(refused.reason()).contains("The disk is full");
      assertThat(db.health().state()).isEqualTo(Health.State.FAILED);
      assertNothingLost();
      disk.empty();
      await("writes", () -> db.health().isOpen());
      insert();
      assertNothingLost();
    }
    assertThat(db.check().problems()).isEmpty();
  }
}

package org.kalamdb.internal.flush;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.catalog.StorageDefinition;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/** What is left to be done of a table's move, and where its partitions have been. */
class TableMoveTest {
  private static final UserId ALICE = new UserId("alice");
  private static final UserId BOB = new UserId("bob");
  private static final TableId TABLE = TableId.of("n", "t");
  private static final TableId OLD = TableId.of("n", "old");

  private static final Storages.Home LOCAL = home(0, "local", "{namespace}/{tableName}/{userId}");
  private static final Storages.Home FAST = home(7, "fast", "f/{namespace}/{tableName}/{userId}");
  private static final Map<String, Storages.Home> BOTH = Map.of("local", LOCAL, "fast", FAST);

  private static Storages.Home home(int number, String id, String users) {
    return Storages.Home.of(
        new StorageDefinition(number, id, null, null, null, null, users, null, 0));
  }

  private static TablePlace usingUsers(TableId id) {
    return new TablePlace(id, LOCAL, BOTH);
  }

  @Test
  void place_ofAUserWithAStorage_isThereOnlyIfTheTableLooks() {
    assertThat(usingUsers(TABLE).directoryOf(ALICE, "fast")).isEqualTo("@7/f/n/t/alice");
    assertThat(usingUsers(TABLE).directoryOf(ALICE, null)).isEqualTo("n/t/alice");
    assertThat(new TablePlace(TABLE, LOCAL, Map.of()).directoryOf(ALICE, "fast"))
        .isEqualTo("n/t/alice");
  }

  @Test
  void place_isSame_asLongAsNoPartitionHasAnotherDirectory() {
    TablePlace place = usingUsers(TABLE);
    assertThat(place.isSame(new TablePlace(TABLE, LOCAL, Map.of("local", LOCAL)))).isTrue();
    assertThat(place.isSame(new TablePlace(TABLE, LOCAL, Map.of()))).isFalse();
    assertThat(place.isSame(new TablePlace(TABLE, FAST, BOTH))).isFalse();
    assertThat(place.isSame(usingUsers(OLD))).isFalse();
    Storages.Home changed = home(7, "fast", "g/{namespace}/{tableName}/{userId}");
    TablePlace other = new TablePlace(TABLE, LOCAL, Map.of("local", LOCAL, "fast", changed));
    assertThat(place.isSame(other)).isFalse();
  }

  @Test
  void left_byTableAndUser_everyDirectoryIsKnown() {
    TableMove move = new TableMove();
    move.left(usingUsers(OLD));
    move.left(ALICE, usingUsers(TABLE), "fast");
    assertThat(move.formerDirectories(ALICE, null))
        .containsExactlyInAnyOrder("n/old/alice", "@7/f/n/t/alice", "@7/f/n/old/alice");
    assertThat(move.formerDirectories(BOB, "fast")).containsExactly("@7/f/n/old/bob");
    assertThat(move.users()).containsExactly(ALICE);
    assertThat(move.isWhole()).isFalse();
  }

  @Test
  void killed_wholeMove_restsWhileAUserMoves_untilTheTableIsAskedAgain() {
    TableMove move = new TableMove();
    move.left(usingUsers(OLD));
    move.beWhole();
    assertThat(move.isDue()).isTrue();
    move.killed();
    assertThat(move.isDue()).isFalse();
    move.left(ALICE, usingUsers(TABLE), "fast");
    assertThat(move.isDue()).isTrue();
    assertThat(move.isWhole()).isFalse();
    assertThat(move.finish()).isFalse();
    assertThat(move.isDue()).isFalse();
    move.beWhole();
    assertThat(move.isDue()).isTrue();
    assertThat(move.formerDirectories(BOB, null)).containsExactly("n/old/bob");
    assertThat(move.users()).containsExactly(ALICE);
    assertThat(move.finish()).isTrue();
  }

  @Test
  void failed_isNotDueBeforeItIsAskedAgain() {
    TableMove move = new TableMove();
    move.left(ALICE, usingUsers(TABLE), null);
    move.failed();
    assertThat(move.isDue()).isFalse();
    assertThat(move.failures()).isEqualTo(1);
    move.left(BOB, usingUsers(TABLE), null);
    assertThat(move.isDue()).isTrue();
    assertThat(move.users()).containsExactly(ALICE, BOB);
    assertThat(move.finish()).isTrue();
  }
}

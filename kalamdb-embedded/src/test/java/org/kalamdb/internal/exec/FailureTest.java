package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Queries that end early for any reason leave nothing behind; closing the test bed checks that. */
class FailureTest {
  private final TestBed bed = ChatTables.open();

  @AfterEach
  void closeChecksLeaks() {
    bed.close();
  }

  private void addBigTable() {
    TableDefinition big =
        bed.shared("big", List.of(0), "id", DataType.INTEGER, "text", DataType.TEXT);
    for (int i = 0; i < 20_000; i++) {
      bed.reader().insert(big, null, i, "a text that takes some space " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id FROM big",
        "SELECT id + 1, text FROM big WHERE id % 2 = 0",
        "SELECT text, count(*) FROM big GROUP BY text",
        "SELECT * FROM big ORDER BY text",
        "SELECT * FROM big ORDER BY text LIMIT 10",
        "SELECT DISTINCT text FROM big",
        "SELECT * FROM big a JOIN big b ON a.id = b.id",
        "SELECT * FROM users u LEFT JOIN big b ON u.id < b.id",
        "SELECT * FROM big WHERE id IN (SELECT id FROM big)",
        "SELECT id FROM big UNION ALL SELECT id FROM big",
        "SELECT text, count(*) FROM big GROUP BY ROLLUP (id, text)",
        "SELECT DISTINCT ON (id % 100) text FROM big ORDER BY id % 100, id",
        "SELECT id % 7 FROM big ORDER BY 1 FETCH FIRST 9000 ROWS WITH TIES",
        "SELECT id, max(text) OVER (PARTITION BY id % 3 ORDER BY id ROWS 99 PRECEDING) FROM big"
      })
  void next_scanFailsMidway_leaksNothing(String sql) {
    addBigTable();
    for (int batch = 0; batch < 3; batch++) {
      bed.reader().failAtBatch(batch);
      assertThatThrownBy(() -> bed.query(sql))
          .isInstanceOf(KalamException.class)
          .hasMessageContaining("the disk is on fire");
      assertThat(bed.allocator().getAllocatedMemory()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT string_agg(text, ',') FROM big",
        "SELECT id < 0, string_agg(text, ',') FROM big GROUP BY id < 0"
      })
  void next_oneGroupTooLargeForMemory_is53200(String sql) {
    addBigTable();
    bed.memoryLimit(700_000);
    assertThatThrownBy(() -> bed.query(sql))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY));
    assertThat(bed.allocator().getAllocatedMemory()).isZero();
  }

  @Test
  void next_cancelled_is57014() {
    addBigTable();
    CancelToken token = CancelToken.create();
    token.cancel();
    assertThatThrownBy(
            () -> bed.run(bed.optimized("SELECT count(*) FROM big").plan(), List.of(), token))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_CANCELED));
  }

  @Test
  void close_afterFirstBatch_releasesAll() {
    addBigTable();
    try (ExecutionContext context = bed.context(List.of(), CancelToken.create());
        Operator operator =
            PhysicalPlanner.plan(
                bed.optimized("SELECT * FROM big a JOIN big b ON a.id = b.id ORDER BY a.text")
                    .plan(),
                context)) {
      try (RecordBatch first = operator.next()) {
        assertThat(first).isNotNull();
      }
    }
    assertThat(bed.allocator().getAllocatedMemory()).isZero();
  }

  @Test
  void next_divisionByZeroMidway_leaksNothing() {
    addBigTable();
    assertThat(bed.error("SELECT 1 % (id - 15000) FROM big ORDER BY 1")).startsWith("22012");
    assertThat(bed.allocator().getAllocatedMemory()).isZero();
  }
}

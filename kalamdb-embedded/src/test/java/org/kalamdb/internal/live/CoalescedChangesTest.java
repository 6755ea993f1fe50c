package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;

class CoalescedChangesTest {
  private static final Set<String> ALL = Set.of("id", "grp", "v");

  private static Row row(long id, String value) {
    return new Row(ModelTable.COLUMNS, new Object[] {id, 0, value});
  }

  private static RowChange insert(Row row) {
    return new RowChange(Kind.INSERT, null, row, ALL);
  }

  private static RowChange delete(Row row) {
    return new RowChange(Kind.DELETE, row, null, ALL);
  }

  private static RowChange update(Row before, Row after) {
    return new RowChange(Kind.UPDATE, before, after, Set.of("v"));
  }

  private static List<Changes> eachOnItsOwn(RowChange... changes) {
    List<Changes> events = new ArrayList<>();
    for (RowChange change : changes) {
      events.add(new Changes(new SeqId(events.size() + 1), List.of(change)));
    }
    return events;
  }

  private static @Nullable Changes merge(RowChange... changes) {
    return CoalescedChanges.of(eachOnItsOwn(changes));
  }

  @Test
  void insertThenUpdate_isAnInsert() {
    assertThat(merge(insert(row(1, "a")), update(row(1, "a"), row(1, "b"))))
        .isEqualTo(new Changes(new SeqId(2), List.of(insert(row(1, "b")))));
  }

  @Test
  void updates_areOneWithTheColumnsThatDifferInTheEnd() {
    Row first = row(1, "a");
    Row middle = new Row(ModelTable.COLUMNS, new Object[] {1L, 7, "a"});
    Row last = row(1, "b");
    assertThat(
            merge(
                new RowChange(Kind.UPDATE, first, middle, Set.of("grp")),
                new RowChange(Kind.UPDATE, middle, last, Set.of("grp", "v"))))
        .isEqualTo(
            new Changes(
                new SeqId(2), List.of(new RowChange(Kind.UPDATE, first, last, Set.of("v")))));
  }

  @Test
  void whatCameAndWent_orIsAgainAsItWas_isNothing() {
    assertThat(merge(insert(row(1, "a")), delete(row(1, "a")))).isNull();
    assertThat(merge(update(row(1, "a"), row(1, "b")), update(row(1, "b"), row(1, "a")))).isNull();
    assertThat(merge(delete(row(1, "a")), insert(row(1, "a")))).isNull();
    assertThat(
            merge(
                new RowChange(Kind.LEAVE, row(1, "a"), null, ALL),
                new RowChange(Kind.ENTER, null, row(1, "a"), ALL)))
        .isNull();
  }

  @Test
  void updateThenLeave_isALeaveOfTheFirstRow() {
    assertThat(
            merge(
                update(row(1, "a"), row(1, "b")),
                new RowChange(Kind.LEAVE, row(1, "b"), null, ALL)))
        .isEqualTo(
            new Changes(new SeqId(2), List.of(new RowChange(Kind.LEAVE, row(1, "a"), null, ALL))));
  }

  @Test
  void deleteThenInsertWithOtherValues_isTheDeleteBeforeTheInsert() {
    Changes merged =
        merge(
            insert(row(2, "x")),
            update(row(1, "a"), row(1, "b")),
            delete(row(1, "b")),
            insert(row(1, "c")));
    assertThat(merged).isNotNull();
    assertThat(merged.changes())
        .containsExactly(delete(row(1, "a")), insert(row(2, "x")), insert(row(1, "c")));
  }

  @Test
  void rowThatLeftAnOrderedResultAndCameBackToItsPlace_isNothing() {
    Row a = row(1, "a");
    Row b = row(2, "b");
    Row c = row(3, "c");
    assertThat(
            merge(
                new RowChange(Kind.LEAVE, b, null, ALL, 1, -1),
                new RowChange(Kind.INSERT, null, a, ALL, -1, 0),
                new RowChange(Kind.DELETE, a, null, ALL, 0, -1),
                new RowChange(Kind.ENTER, null, b, ALL, -1, 1)))
        .isNull();
    assertThat(
            merge(
                new RowChange(Kind.LEAVE, b, null, ALL, 1, -1),
                new RowChange(Kind.ENTER, null, b, ALL, -1, 0),
                new RowChange(Kind.UPDATE, c, row(3, "d"), Set.of("v"), 2, 2)))
        .isEqualTo(
            new Changes(
                new SeqId(3),
                List.of(
                    new RowChange(Kind.UPDATE, b, b, Set.of(), 1, 0),
                    new RowChange(Kind.UPDATE, c, row(3, "d"), Set.of("v"), 2, 2))));
  }

  /** Random histories of a bag with many equal rows: merged and unmerged changes add up alike. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void bagOfRows_anyHistory_addsUpAlike(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      List<Row> rows = new ArrayList<>();
      for (int i = random.nextInt(8); i > 0; i--) {
        rows.add(row(random.nextInt(3), "v" + random.nextInt(2)));
      }
      List<Row> start = new ArrayList<>(rows);
      List<Changes> events = new ArrayList<>();
      for (int event = 1 + random.nextInt(20); event > 0; event--) {
        events.add(new Changes(new SeqId(100 - event), bagChanges(random, rows)));
      }
      List<Row> told = new ArrayList<>(start);
      Changes merged = CoalescedChanges.of(events);
      if (merged != null) {
        ViewRows.Arrived view = new ViewRows.Arrived(start);
        view.apply(merged.changes());
        told = view.rows();
        assertThat(merged.seq()).isEqualTo(events.get(events.size() - 1).seq());
        assertThat(merged.changes().size()).isLessThanOrEqualTo(start.size() + rows.size());
      }
      assertThat(counts(told)).as("seed %s round %s", seed, round).isEqualTo(counts(rows));
    }
  }

  private static Map<Row, Integer> counts(List<Row> rows) {
    Map<Row, Integer> counts = new HashMap<>();
    rows.forEach(row -> counts.merge(row, 1, Integer::sum));
    return counts;
  }

  /** Changes of different rows, as one transaction has them. */
  private static List<RowChange> bagChanges(SplittableRandom random, List<Row> rows) {
    List<RowChange> changes = new ArrayList<>();
    List<Row> added = new ArrayList<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      Row after = row(random.nextInt(3), "v" + random.nextInt(2));
      int what = random.nextInt(3);
      if (what == 0 || rows.isEmpty()) {
        changes.add(insert(after));
        added.add(after);
        continue;
      }
      Row before = rows.remove(random.nextInt(rows.size()));
      if (what == 1) {
        changes.add(delete(before));
      } else {
        changes.add(update(before, after));
        added.add(after);
      }
    }
    rows.addAll(added);
    return changes;
  }

  /** Random histories of a list: the merged changes lead from the first list to the last one. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15})
  void listOfRows_anyHistory_leadsToTheSameList(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      List<Row> list = new ArrayList<>();
      for (int i = random.nextInt(10); i > 0; i--) {
        list.add(row(random.nextInt(4), "v" + random.nextInt(2)));
      }
      List<Row> start = List.copyOf(list);
      List<Changes> events = new ArrayList<>();
      for (int event = 1 + random.nextInt(20); event > 0; event--) {
        List<Row> next = new ArrayList<>(list);
        events.add(new Changes(new SeqId(100 - event), listChanges(random, next)));
        list = next;
      }
      Changes merged = CoalescedChanges.of(events);
      ViewRows.Listed view = new ViewRows.Listed(new ArrayList<>(start));
      if (merged != null) {
        view.apply(merged.changes());
        assertThat(merged.changes().size()).isLessThanOrEqualTo(start.size() + list.size());
      }
      assertThat(view.rows()).as("seed %s round %s", seed, round).isEqualTo(list);
    }
  }

  /** Takes rows out of the list and puts others, or the same, in elsewhere. */
  private static List<RowChange> listChanges(SplittableRandom random, List<Row> list) {
    List<Integer> out = new ArrayList<>();
    for (int i = list.size() - 1; i >= 0; i--) {
      if (random.nextInt(4) == 0) {
        out.add(i);
      }
    }
    List<Row> gone = new ArrayList<>();
    out.forEach(i -> gone.add(list.remove((int) i)));
    int coming = random.nextInt(4) + (out.isEmpty() ? 1 : 0);
    List<Integer> in = new ArrayList<>();
    for (int i = 0; i < list.size() + coming && in.size() < coming; i++) {
      if (random.nextInt(2) == 0 || list.size() + coming - i == coming - in.size()) {
        in.add(i);
      }
    }
    List<RowChange> changes = new ArrayList<>();
    List<Row> placed = new ArrayList<>();
    for (int i = 0; i < in.size(); i++) {
      boolean pair = i < gone.size() && random.nextBoolean();
      Row before = pair ? gone.get(i) : null;
      Row after =
          pair && random.nextBoolean() ? before : row(random.nextInt(4), "v" + random.nextInt(2));
      placed.add(after);
      changes.add(
          new RowChange(
              pair ? Kind.UPDATE : Kind.INSERT,
              before,
              after,
              ALL,
              pair ? out.get(i) : -1,
              in.get(i)));
      if (pair) {
        gone.set(i, null);
      }
    }
    for (int i = 0; i < gone.size(); i++) {
      if (gone.get(i) != null) {
        changes.add(new RowChange(Kind.DELETE, gone.get(i), null, ALL, out.get(i), -1));
      }
    }
    for (int i = 0; i < in.size(); i++) {
      list.add(in.get(i), placed.get(i));
    }
    return changes;
  }
}

package org.kalamdb.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.Row;

/**
 * What the writers have been told and what is therefore expected of the database; compares both
 * after each kill. Not thread-safe.
 */
final class CrashCheck {
  /** What an opening may have lost. */
  enum Loss {
    /** Nothing that was acknowledged. */
    NOTHING,
    /** The newest commits, in their order and as wholes. */
    NEWEST
  }

  private final List<Writer> writers;
  private final Map<Integer, TreeMap<Long, Long>> acknowledged = new HashMap<>();
  private int openings;

  CrashCheck(long seed) {
    writers = Writer.all(seed);
    forget();
  }

  private void forget() {
    acknowledged.clear();
    writers.forEach(writer -> acknowledged.put(writer.number(), new TreeMap<>()));
    acknowledged.put(SchemaWriter.NUMBER, new TreeMap<>());
    openings = 0;
  }

  /** The program was let at the database once more. */
  void opened() {
    openings++;
  }

  /**
   * A line of the program; a cut one counts for nothing.
   *
   * @return true if it is an acknowledgement
   */
  boolean heard(String line) {
    if (!line.endsWith(" .")) {
      return false;
    }
    String[] words = line.split(" ", -1);
    if (!words[0].equals("ack")) {
      throw new AssertionError("The program says: " + line);
    }
    acknowledged.get(Integer.valueOf(words[1])).put(Long.valueOf(words[2]), Long.valueOf(words[3]));
    return true;
  }

  /** Acknowledged since the last look. */
  int acknowledgements() {
    return acknowledged.values().stream().mapToInt(Map::size).sum();
  }

  /** Acknowledged transactions that the last look did not find. */
  private int lost;

  int lost() {
    return lost;
  }

  /** Compares everything; what is wrong, or nothing. */
  List<String> look(KalamDB db, Loss loss) {
    Findings findings = new Findings();
    db.check().problems().forEach(problem -> findings.check(false, "check: " + problem));
    findings.equal("recovery", db.recovery().missingSegments(), List.of());
    long lastSeq = db.recovery().lastSeq();
    lost = 0;
    for (Writer writer : writers) {
      try (Session session = writer.open(db)) {
        checkProgress(writer, writer.stored(session), loss, lastSeq, findings);
        checkRows(writer, session, findings);
      }
    }
    try (Session session = db.session()) {
      checkSchemaProgress(SchemaWriter.stored(session), loss, findings);
      SchemaWriter.check(session, findings);
      checkTransfers(session, findings);
    }
    forget();
    return findings.problems();
  }

  private void checkProgress(
      Writer writer, long stored, Loss loss, long lastSeq, Findings findings) {
    TreeMap<Long, Long> acks = acknowledged.get(writer.number());
    String who = "writer " + writer.number();
    long last = acks.isEmpty() ? writer.done() : acks.lastKey();
    findings.check(stored >= writer.done(), who + " is behind what was seen: " + stored);
    findings.check(
        stored <= last + openings, who + " is ahead of what it did: " + stored + ", told " + last);
    if (loss == Loss.NOTHING) {
      findings.check(
          stored >= last, who + " has lost acknowledged commits: " + stored + " of " + last);
    }
    for (Map.Entry<Long, Long> ack : acks.entrySet()) {
      boolean there = ack.getKey() <= stored;
      lost += there ? 0 : 1;
      findings.check(
          there == (ack.getValue() <= lastSeq),
          who
              + ", transaction "
              + ack.getKey()
              + ", commit "
              + ack.getValue()
              + (there ? " is there" : " is not there")
              + " though the newest commit is "
              + lastSeq);
    }
    writer.advanceTo(stored);
  }

  private void checkSchemaProgress(long stored, Loss loss, Findings findings) {
    TreeMap<Long, Long> acks = acknowledged.get(SchemaWriter.NUMBER);
    if (!acks.isEmpty() && loss == Loss.NOTHING) {
      long last = acks.lastKey();
      findings.check(
          stored >= last && stored <= last + openings,
          "changes of the catalog: " + stored + ", told " + last);
    }
  }

  private static void checkRows(Writer writer, Session session, Findings findings) {
    String prefix = writer.prefix();
    String own = " WHERE id BETWEEN " + writer.firstKey() + " AND " + (writer.firstKey() + 999);
    Map<Integer, Writer.Item> items =
        read(
            session,
            "SELECT id, a, b, u FROM " + prefix + "items" + own,
            row -> new Writer.Item(row.getInt(1), row.getString(2), row.getLong(3)),
            findings);
    findings.equal(prefix + "items of " + writer.number(), items, writer.items);
    Map<Integer, Writer.Item> byIndex = new TreeMap<>();
    for (int a : writer.items.values().stream().mapToInt(Writer.Item::a).distinct().toArray()) {
      byIndex.putAll(
          read(
              session,
              "SELECT id, a, b, u FROM " + prefix + "items" + own + " AND a = " + a,
              row -> new Writer.Item(row.getInt(1), row.getString(2), row.getLong(3)),
              findings));
    }
    findings.equal(prefix + "items by index of " + writer.number(), byIndex, writer.items);
    findings.equal(
        prefix + "parents of " + writer.number(),
        read(
            session,
            "SELECT id, v FROM " + prefix + "parents" + own,
            row -> row.getInt(1),
            findings),
        writer.parents);
    findings.equal(
        prefix + "children of " + writer.number(),
        read(
            session,
            "SELECT id, parent, v FROM " + prefix + "children" + own,
            row -> new Writer.Child(row.getInt(1), row.getInt(2)),
            findings),
        writer.children);
    findings.equal(
        "rows counted of " + writer.number(),
        session.query("SELECT count(*) FROM " + prefix + "items" + own).single().getLong(0),
        (long) writer.items.size());
    if (writer.perUser()) {
      checkEvents(writer, session, findings);
    }
  }

  private static void checkEvents(Writer writer, Session session, Findings findings) {
    Row events =
        session
            .query(
                "SELECT count(*), coalesce(sum(n), 0)::BIGINT, count(DISTINCT n) FROM c.events"
                    + " WHERE writer = ?",
                writer.number())
            .single();
    findings.equal("events of " + writer.number(), events.getLong(0), writer.events());
    findings.equal("sum of events of " + writer.number(), events.getLong(1), writer.eventSum());
    findings.equal("distinct events", events.getLong(2), events.getLong(0));
  }

  private static <T> Map<Integer, T> read(
      Session session, String sql, Function<Row, T> value, Findings findings) {
    Map<Integer, T> rows = new TreeMap<>();
    for (Row row : session.query(sql).list()) {
      findings.check(
          rows.put(row.getInt(0), value.apply(row)) == null, "twice: " + row + " by " + sql);
    }
    return rows;
  }

  private void checkTransfers(Session session, Findings findings) {
    int[] balances = new int[Writer.ACCOUNTS];
    List<String> expected = new ArrayList<>();
    for (Writer writer : writers) {
      writer.transfers.forEach(
          (n, transfer) -> {
            balances[transfer.from()] -= transfer.amount();
            balances[transfer.to()] += transfer.amount();
            expected.add(writer.number() + " " + n + " " + transfer);
          });
    }
    Row tickets =
        session
            .query(
                "SELECT count(*), coalesce(min(ticket), 1), coalesce(max(ticket), 0),"
                    + " count(DISTINCT ticket), (SELECT n FROM c.tickets) FROM c.transfers")
            .single();
    long count = expected.size();
    findings.equal(
        "transfers, first, last, distinct and next ticket",
        List.of(
            tickets.getLong(0),
            tickets.getLong(1),
            tickets.getLong(2),
            tickets.getLong(3),
            tickets.getLong(4)),
        List.of(count, 1L, count, count, count));
    List<String> found = new ArrayList<>();
    for (Row row : session.query("SELECT writer, txn, a, b, amount FROM c.transfers").list()) {
      found.add(
          row.getInt(0)
              + " "
              + row.getLong(1)
              + " "
              + new Writer.Transfer(row.getInt(2), row.getInt(3), row.getInt(4)));
    }
    found.sort(null);
    expected.sort(null);
    findings.check(found.equals(expected), "the transfers are others than those that were made");
    long sum = 0;
    for (Row row : session.query("SELECT id, balance FROM c.accounts ORDER BY id").list()) {
      findings.equal(
          "balance of " + row.getInt(0), row.getInt(1), Writer.BALANCE + balances[row.getInt(0)]);
      sum += row.getInt(1);
    }
    findings.equal("sum of balances", sum, (long) Writer.ACCOUNTS * Writer.BALANCE);
    // Every table's rows by its counters: hot and cold, less what is superseded or deleted.
    for (String table : List.of("c.s_items", "c.u_items", "c.transfers", "c.s_children")) {
      Row stats = session.query("SHOW STATS FOR TABLE " + table).single();
      long held =
          stats.getLong("hot_rows") + stats.getLong("cold_rows") - stats.getLong("superseded_rows");
      long live = liveRows(table, session);
      findings.check(held >= live, table + " counts fewer rows than it has: " + stats);
    }
  }

  private long liveRows(String table, Session session) {
    if (!table.equals("c.u_items")) {
      return session.query("SELECT count(*) FROM " + table).single().getLong(0);
    }
    return writers.stream().filter(Writer::perUser).mapToLong(w -> w.items.size()).sum();
  }
}

package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;

/** Several databases in one JVM know nothing of each other. */
class TwoDatabasesTest {
  @TempDir Path directory;

  @Test
  void databases_inOneJvm_areApart() throws Exception {
    List<KalamDB> all = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      all.add(KalamDB.open(directory.resolve(name)));
    }
    all.add(KalamDB.openInMemory());
    all.add(KalamDB.openInMemory());
    List<List<Object>> events = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      KalamDB db = all.get(i);
      db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
      List<Object> told = java.util.Collections.synchronizedList(new ArrayList<>());
      events.add(told);
      db.session()
          .subscribe("SELECT v FROM t WHERE v <> " + i, SubscriptionOptions.defaults(), told::add);
    }
    Threads threads = new Threads();
    for (int i = 0; i < all.size(); i++) {
      KalamDB db = all.get(i);
      int own = i;
      threads.start(
          () -> {
            try (Session session = db.session()) {
              for (int n = 0; n < 100; n++) {
                session.execute("INSERT INTO t VALUES (?, ?)", n, own);
                if (n % 40 == 20) {
                  session.execute("STORAGE FLUSH TABLE t");
                }
              }
            }
          });
    }
    threads.join();
    Result open = all.get(1).query("SELECT v FROM t WHERE id >= 0");
    all.get(0).close();
    assertThatThrownBy(() -> all.get(0).query("SELECT 1"))
        .isInstanceOf(IllegalStateException.class);
    for (int i = 1; i < all.size(); i++) {
      assertThat(Sql.rows(all.get(i).session(), "SELECT DISTINCT v, count(*) FROM t GROUP BY v"))
          .containsExactly(i + "|100");
    }
    assertThat(open.list()).hasSize(100);
    try (KalamDB again = KalamDB.open(directory.resolve("a"))) {
      assertThat(again.query("SELECT count(*) FROM t WHERE v = 0").single().getLong(0))
          .isEqualTo(100);
    }
    for (KalamDB db : all) {
      db.close();
    }
    for (List<Object> told : events) {
      assertThat(told).noneMatch(e -> e instanceof org.kalamdb.live.ChangeEvent.Changes);
    }
  }
}

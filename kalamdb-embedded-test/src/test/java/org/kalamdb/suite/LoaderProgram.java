package org.kalamdb.suite;

import java.io.File;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that loads the library in a class loader of its own, uses a database, closes it, and
 * lets go of the loader, several times. It prints whether the loader was collected each time.
 */
final class LoaderProgram {
  private LoaderProgram() {}

  public static void main(String[] arguments) throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
      WeakReference<ClassLoader> loader = useOnce(path.toArray(URL[]::new), arguments[0]);
      for (int i = 0; i < 100 && loader.get() != null; i++) {
        System.gc();
        Thread.sleep(20);
      }
      System.out.println(loader.get() == null ? "collected" : "held");
    }
    System.out.println("end");
  }

  private static WeakReference<ClassLoader> useOnce(URL[] path, String directory) throws Exception {
    URLClassLoader loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader());
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      Method use = loader.loadClass(Used.class.getName()).getMethod("use", String.class);
      use.setAccessible(true);
      use.invoke(null, directory);
    } finally {
      thread.setContextClassLoader(before);
      loader.close();
    }
    return new WeakReference<>(loader);
  }

  /** What runs inside the loader. */
  public static final class Used {
    private Used() {}

    public static void use(String directory) {
      try (org.kalamdb.KalamDB db = org.kalamdb.KalamDB.open(Path.of(directory))) {
        db.execute(
            "CREATE TABLE IF NOT EXISTS t (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), v INT)");
        db.execute("INSERT INTO t (v) SELECT g FROM generate_series(1, 5000) AS s(g)");
        db.execute("STORAGE FLUSH TABLE t");
        db.execute("UPDATE t SET v = v + 1 WHERE v < 10");
        db.query("SELECT v, count(*) FROM t GROUP BY v ORDER BY 2, 1").list();
        db.session()
            .subscribe(
                "SELECT v FROM t", org.kalamdb.live.SubscriptionOptions.defaults(), event -> {})
            .close();
      }
    }
  }
}

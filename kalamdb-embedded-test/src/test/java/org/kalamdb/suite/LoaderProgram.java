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
 * lets go of the loader, several times. It prints how many of the loaders are not collected.
 */
final class LoaderProgram {
  private LoaderProgram() {}

  public static void main(String[] arguments) throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
      loaders.add(useOnce(path.toArray(URL[]::new), arguments[0]));
    }
    // Until JDK 19 the JDK itself keeps the type of the record that was compared last.
    Compared own = new Compared(new LoaderProgram());
    boolean compared = own.equals(new Compared(new LoaderProgram())) || own.hashCode() == 0;
    for (int i = 0; i < 200 && loaders.stream().anyMatch(loader -> loader.get() != null); i++) {
      System.gc();
      Thread.sleep(20);
    }
    long held = loaders.stream().filter(loader -> loader.get() != null).count();
    System.out.println("loaders held: " + held + (compared ? "?" : ""));
  }

  private record Compared(LoaderProgram value) {}

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

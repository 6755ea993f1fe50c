package org.kalamdb.internal.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * The databases open in this process, counted by handles. Opening and closing are serialised, so
 * that a database is never opened while it is being closed.
 */
public final class Engines {
  private static final Map<Object, Shared> OPEN = new HashMap<>();

  private Engines() {}

  private static final class Shared {
    final Engine engine;
    int handles;

    Shared(Engine engine) {
      this.engine = engine;
    }
  }

  private record MemoryName(String name) {}

  public static Engine acquire(Path directory, KalamOptions options) {
    synchronized (OPEN) {
      Path key = realPath(directory);
      Shared shared = OPEN.get(key);
      if (shared == null) {
        Engine engine = Engine.open(directory, options);
        shared = new Shared(engine);
        OPEN.put(realPath(directory), shared);
      }
      shared.handles++;
      return shared.engine;
    }
  }

  /** A database in memory; a null name is a new one each time. */
  public static Engine acquireInMemory(@Nullable String name, KalamOptions options) {
    synchronized (OPEN) {
      Object key = name == null ? new Object() : new MemoryName(name);
      Shared shared = OPEN.computeIfAbsent(key, k -> new Shared(Engine.openInMemory(options)));
      shared.handles++;
      return shared.engine;
    }
  }

  public static void release(Engine engine) {
    synchronized (OPEN) {
      Iterator<Shared> all = OPEN.values().iterator();
      while (all.hasNext()) {
        Shared shared = all.next();
        if (shared.engine == engine) {
          if (--shared.handles == 0) {
            all.remove();
            engine.close();
          }
          return;
        }
      }
    }
  }

  /** The directory without links and dots, also while it does not exist yet. */
  private static Path realPath(Path directory) {
    try {
      return Files.exists(directory)
          ? directory.toRealPath()
          : directory.toAbsolutePath().normalize();
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.CANNOT_CONNECT, "The path " + directory + " cannot be read", e);
    }
  }
}

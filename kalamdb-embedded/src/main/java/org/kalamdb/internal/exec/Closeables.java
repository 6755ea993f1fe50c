package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closing several things so that none is forgotten when one fails. */
final class Closeables {
  private Closeables() {}

  /** Closes all, the last first; the first failure is thrown with later ones suppressed. */
  static void closeAll(List<? extends @Nullable AutoCloseable> resources) {
    List<@Nullable AutoCloseable> reversed = new ArrayList<>(resources);
    Collections.reverse(reversed);
    RuntimeException failure = null;
    for (AutoCloseable resource : reversed) {
      if (resource == null) {
        continue;
      }
      try {
        resource.close();
      } catch (Exception e) {
        if (failure == null) {
          failure = e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  static void closeAll(@Nullable AutoCloseable... resources) {
    closeAll(Arrays.asList(resources));
  }

  /** Closes all because of an error, which it is added to if that fails too. */
  static void closeAfter(Throwable error, List<? extends @Nullable AutoCloseable> resources) {
    try {
      closeAll(resources);
    } catch (RuntimeException e) {
      error.addSuppressed(e);
    }
  }
}

package org.kalamdb.internal.vector;

import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * A column that is read when it is first looked at, so that what a filter leaves nothing of is
 * never read. Whoever made it {@linkplain #detach detaches} it before what it is read from changes.
 * One thread at a time; {@link #load} it before another thread gets it.
 */
public abstract class LazyColumn implements AutoCloseable {
  private @Nullable FieldVector vector;
  private @Nullable RuntimeException failure;
  private boolean taken;
  private boolean detached;

  /** Reads the column; called once at most, and never after {@link #detach}. */
  protected abstract FieldVector read();

  /** As {@link #codes}; never called after {@link #detach}. */
  protected abstract @Nullable DictionaryCodes readCodes();

  /** The values, which stay the column's. */
  final FieldVector view() {
    FieldVector known = vector;
    if (known == null) {
      if (failure != null) {
        throw failure;
      }
      if (taken) {
        throw new IllegalStateException("The column has gone to somebody else");
      }
      known = read();
      vector = known;
    }
    return known;
  }

  /** The values, which are the caller's from now on. */
  final FieldVector take() {
    FieldVector known = view();
    vector = null;
    taken = true;
    return known;
  }

  /** Numbers that stand for the values, valid until the source goes on; null if there are none. */
  final @Nullable DictionaryCodes codes() {
    return detached || taken ? null : readCodes();
  }

  final void load() {
    view();
    detached = true;
  }

  /** Reads it if somebody may still look at it; an error waits until somebody does. */
  public final void detach() {
    if (!taken && !detached) {
      try {
        view();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    detached = true;
  }

  @Override
  public final void close() {
    FieldVector known = vector;
    vector = null;
    taken = true;
    if (known != null) {
      known.close();
    }
  }
}

package org.kalamdb.internal.engine;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.schema.SeqId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a cursor behind what its listener is told. Events come one at a time; the end may come from
 * another thread.
 */
final class CursorListener implements ChangeListener {
  private static final Logger LOG = LoggerFactory.getLogger(CursorListener.class);

  private final LiveCursors cursors;
  private final CursorKey key;
  private final ChangeListener listener;

  /** Told before everything else; null: nothing. */
  private @Nullable String startOver;

  /** Guarded by this object's monitor, as is what follows. */
  private StoredCursor place;

  /** The listener failed over an event, which must come again. */
  private boolean stuck;

  private boolean ended;

  CursorListener(
      LiveCursors cursors,
      CursorKey key,
      StoredCursor place,
      @Nullable String startOver,
      ChangeListener listener) {
    this.cursors = cursors;
    this.key = key;
    this.place = place;
    this.startOver = startOver;
    this.listener = listener;
  }

  @Override
  public void onEvent(ChangeEvent event) {
    String reason = startOver;
    startOver = null;
    try {
      if (reason != null && !(event instanceof ChangeEvent.Closed)) {
        tell(new ChangeEvent.Reset(SeqId.ZERO, reason));
      }
    } finally {
      if (event instanceof ChangeEvent.Reset) {
        giveUp();
      }
      try {
        tell(event);
      } finally {
        if (event instanceof ChangeEvent.Closed) {
          end();
        }
      }
    }
  }

  private void tell(ChangeEvent event) {
    boolean done = false;
    try {
      listener.onEvent(event);
      done = true;
    } finally {
      moveBehind(event, done);
    }
  }

  private synchronized void moveBehind(ChangeEvent event, boolean done) {
    stuck |= !done;
    if (!stuck
        && !ended
        && (event instanceof ChangeEvent.Ready || event instanceof ChangeEvent.Changes)) {
      place = place.at(event.seq().value());
      cursors.move(key, place);
    }
  }

  /** The listener is going to forget all it was told. */
  private void giveUp() {
    StoredCursor nowhere;
    synchronized (this) {
      if (ended) {
        return;
      }
      stuck = false;
      place = place.at(StoredCursor.NOWHERE);
      nowhere = place;
    }
    try {
      cursors.write(key, nowhere, true);
    } catch (KalamException e) {
      // It stays to be written, by the timer or when the database is closed.
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("cursor", key.name())
          .log("The place of a cursor could not be given up before a reset is told");
    }
  }

  /** Nothing that is told from now on counts; the cursor is free, and its place written. */
  void end() {
    synchronized (this) {
      if (!ended) {
        ended = true;
        cursors.release(key);
      }
    }
    try {
      cursors.write(false);
    } catch (KalamException e) {
      LOG.atDebug()
          .setCause(e)
          .addKeyValue("cursor", key.name())
          .log("The place of a cursor is written later");
    }
  }
}

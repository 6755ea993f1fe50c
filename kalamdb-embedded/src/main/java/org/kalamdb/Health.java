package org.kalamdb;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;

/**
 * Whether a database takes writes, and if not, why and until when.
 *
 * @param state what can be done now
 * @param since when the state began
 * @param cause of FAILED and REOPENING the first error, the one that started it all; of FULL what a
 *     write is refused with; else null
 * @param reopenAttempts how often it was tried to open the storage again since the first error; 0
 *     unless FAILED or REOPENING
 * @param nextAttempt of FAILED when that is tried next; null if it will not be: a database in
 *     memory has nothing to be opened again from
 */
public record Health(
    State state,
    Instant since,
    @Nullable KalamException cause,
    int reopenAttempts,
    @Nullable Instant nextAttempt) {

  /** What can be done. */
  public enum State {
    /** Everything. */
    OPEN,
    /**
     * The disk has less room than {@link KalamOptions#diskReserveBytes()}: writes fail with 53100
     * until there is room again, deletes and reads go on.
     */
    FULL,
    /**
     * The disk failed a write: writes fail with 58030 until the storage is opened again. Reads go
     * on, unless an attempt to do so has failed.
     */
    FAILED,
    /** The storage is being opened again: statements wait. */
    REOPENING,
    /** Nothing any more. */
    CLOSED
  }

  /** True if everything can be done. */
  public boolean isOpen() {
    return state == State.OPEN;
  }
}

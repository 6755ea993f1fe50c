package org.kalamdb.live;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.SeqId;

/**
 * A named place in a live query, kept in the database: a subscription goes on where the last one on
 * the cursor stopped, after a restart too. Belongs to the user of the session it was got from.
 *
 * <p>The place moves when the listener has returned from an event, and is written within 100 ms and
 * when the subscription or the database is closed. After a crash the last events may therefore be
 * told again, but none is left out. It stays before an event whose listener threw: that event, and
 * what followed, comes again with the next subscription. Before a {@link ChangeEvent.Reset} is told
 * the place is given up on disk, as the rows told so far are no longer worth anything.
 *
 * <p>Thread-safe.
 */
public interface LiveCursor {
  String name();

  /** Up to where the listeners were told; empty before the first snapshot was complete. */
  Optional<SeqId> position();

  /**
   * Subscribes from the cursor's place: see {@link SubscriptionOptions#withFrom}. The first time
   * there is a snapshot; if the snapshot was not told to its end, or the last subscription had
   * another query or other parameters, a {@link ChangeEvent.Reset} comes before it.
   *
   * @throws org.kalamdb.error.KalamException 55006 while another subscription on the cursor is
   *     open; 22023 if the options say from where to go on; 42P01 if a table is not there (any
   *     more); and as {@code Session.subscribe}
   */
  Subscription subscribe(
      String sql,
      SubscriptionOptions options,
      ChangeListener listener,
      @Nullable Object... parameters);

  /**
   * Forgets the place but not that there was one: the next subscription begins with a {@link
   * ChangeEvent.Reset} and a snapshot.
   *
   * @throws org.kalamdb.error.KalamException 55006 while a subscription on the cursor is open
   */
  void reset();

  /**
   * Forgets everything; the next subscription is the first one.
   *
   * @throws org.kalamdb.error.KalamException 55006 while a subscription on the cursor is open
   */
  void delete();
}

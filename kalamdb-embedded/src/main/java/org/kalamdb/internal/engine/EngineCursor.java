package org.kalamdb.internal.engine;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.LiveCursor;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.SeqId;

/** A cursor as a session sees it. */
final class EngineCursor implements LiveCursor {
  private final LiveCursors cursors;
  private final EngineSession session;
  private final CursorKey key;

  EngineCursor(LiveCursors cursors, EngineSession session, CursorKey key) {
    this.cursors = cursors;
    this.session = session;
    this.key = key;
  }

  @Override
  public String name() {
    return key.name();
  }

  @Override
  public Optional<SeqId> position() {
    session.checkOpen();
    StoredCursor stored = cursors.find(key);
    return stored == null || stored.seq() == StoredCursor.NOWHERE
        ? Optional.empty()
        : Optional.of(new SeqId(stored.seq()));
  }

  @Override
  public Subscription subscribe(
      String sql,
      SubscriptionOptions options,
      ChangeListener listener,
      @Nullable Object... parameters) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(listener, "listener");
    return session.subscribe(
        sql,
        (engine, statement) -> {
          LiveBinding.Bound bound = LiveBinding.bind(engine, session, statement, parameters);
          SubscriptionOptions asked = bound.options(options);
          if (asked.from() != null) {
            bound.discard();
            throw new KalamException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "a subscription on a cursor goes on from the cursor's place, and from no other");
          }
          return subscribe(engine, bound, asked, listener);
        });
  }

  private Subscription subscribe(
      Engine engine,
      LiveBinding.Bound bound,
      SubscriptionOptions options,
      ChangeListener listener) {
    boolean claimed = false;
    boolean registered = false;
    try {
      cursors.claim(key);
      claimed = true;
      byte[] query = bound.key().digest();
      StoredCursor stored = cursors.find(key);
      String startOver = startOver(stored, query);
      boolean resumes = stored != null && startOver == null;
      StoredCursor start =
          stored != null && resumes ? stored : new StoredCursor(StoredCursor.NOWHERE, query);
      if (!resumes) {
        // What was told so far counts no more once the listener hears otherwise.
        cursors.write(key, start, true);
      }
      CursorListener told = new CursorListener(cursors, key, start, startOver, listener);
      SubscriptionOptions from = resumes ? options.withFrom(new SeqId(start.seq())) : options;
      registered = true;
      return new CursorSubscription(bound.subscribe(engine, from, told), told);
    } catch (RuntimeException | Error e) {
      if (claimed) {
        cursors.release(key);
      }
      if (!registered) {
        bound.discard();
      }
      throw e;
    }
  }

  private static @Nullable String startOver(@Nullable StoredCursor stored, byte[] query) {
    if (stored == null) {
      return null;
    }
    if (!stored.isOf(query)) {
      return "the cursor was used with another query or other parameters";
    }
    return stored.seq() == StoredCursor.NOWHERE
        ? "the cursor was given up, or its snapshot was not told to the end"
        : null;
  }

  @Override
  public void reset() {
    session.checkOpen();
    cursors.unlessInUse(
        key,
        () -> {
          StoredCursor stored = cursors.find(key);
          if (stored != null) {
            cursors.write(key, stored.at(StoredCursor.NOWHERE), true);
          }
        });
  }

  @Override
  public void delete() {
    session.checkOpen();
    cursors.unlessInUse(key, () -> cursors.write(key, null, true));
  }

  /** A subscription that lets its cursor go when it is closed. */
  private record CursorSubscription(Subscription inner, CursorListener listener)
      implements Subscription {
    @Override
    public String id() {
      return inner.id();
    }

    @Override
    public String sql() {
      return inner.sql();
    }

    @Override
    public SeqId lastSeq() {
      return inner.lastSeq();
    }

    @Override
    public boolean isOpen() {
      return inner.isOpen();
    }

    @Override
    public void close() {
      inner.close();
      listener.end();
    }
  }
}

package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.schema.SeqId;

/**
 * Events that wait for a listener, the oldest first, and what they weigh. Empty, and next to
 * nothing in size, nearly always. Its monitor is its subscription's lock, and guards it. It takes
 * so many changes and bytes; what happens then depends on its kind.
 */
class DeliveryQueue {
  private static final class Mail {
    private final ChangeEvent event;
    private final int changes;
    private final long bytes;
    private @Nullable Mail next;

    private Mail(ChangeEvent event, long bytes) {
      this.event = event;
      this.changes = event instanceof Changes told ? told.changes().size() : 0;
      this.bytes = bytes;
    }
  }

  private @Nullable Mail head;
  private @Nullable Mail tail;
  private int changes;
  private long bytes;

  /** One that does as the policy says when it is full. */
  static DeliveryQueue of(Overflow overflow) {
    return switch (overflow) {
      case RESET -> new DeliveryQueue();
      case BLOCK -> new BlockingQueue();
      case COALESCE -> new CoalescingQueue();
    };
  }

  /** Whether it takes an event, having so much room in all. */
  boolean accepts(long maxChanges, long maxBytes) {
    return hasRoom(maxChanges, maxBytes);
  }

  /** Makes room in a full queue, if it can. */
  boolean shrink(long maxChanges, long maxBytes, @Nullable List<Integer> keyColumns) {
    return false;
  }

  /** Row changes that wait or for which room is reserved. */
  int pending() {
    return changes;
  }

  /** Likewise their bytes. */
  long pendingBytes() {
    return bytes;
  }

  /** Row changes that merging has saved the listener, ever. */
  long coalesced() {
    return 0;
  }

  /** Keeps room for changes that are on their way, or gives it back if they are negative. */
  void reserve(int moreChanges, long moreBytes) {
    throw new UnsupportedOperationException("Writers do not wait for this queue");
  }

  boolean isEmpty() {
    return head == null;
  }

  /** Row changes in it. */
  int changes() {
    return changes;
  }

  /** The commit of the first event; null if it is empty. */
  @Nullable SeqId oldest() {
    return head == null ? null : head.event.seq();
  }

  /** The commit of the first event; later than any if it is empty. */
  long nextSeq() {
    return head == null ? Long.MAX_VALUE : head.event.seq().value();
  }

  /** Whether there are fewer changes, and of fewer bytes. */
  final boolean hasRoom(long maxChanges, long maxBytes) {
    return pending() < maxChanges && pendingBytes() < maxBytes;
  }

  void add(ChangeEvent event, long size) {
    Mail mail = new Mail(event, size);
    if (tail == null) {
      head = mail;
    } else {
      tail.next = mail;
    }
    tail = mail;
    changes += mail.changes;
    bytes += mail.bytes;
  }

  ChangeEvent remove() {
    Mail mail = Objects.requireNonNull(head, "the queue is empty");
    head = mail.next;
    if (head == null) {
      tail = null;
    }
    changes -= mail.changes;
    bytes -= mail.bytes;
    return mail.event;
  }

  /** Removes the changes of commits up to this one; what else was to be told stays. */
  void removeUpTo(long seq) {
    Mail mail = head;
    clear();
    for (; mail != null; mail = mail.next) {
      if (!(mail.event instanceof Changes) || mail.event.seq().value() > seq) {
        add(mail.event, mail.bytes);
      }
    }
  }

  void clear() {
    head = null;
    tail = null;
    changes = 0;
    bytes = 0;
  }

  /** One whose writers wait for room, and have reserved it when an event comes. */
  private static final class BlockingQueue extends DeliveryQueue {
    private int reserved;
    private long reservedBytes;

    @Override
    boolean accepts(long maxChanges, long maxBytes) {
      return true;
    }

    @Override
    int pending() {
      return super.pending() + reserved;
    }

    @Override
    long pendingBytes() {
      return super.pendingBytes() + reservedBytes;
    }

    @Override
    void reserve(int moreChanges, long moreBytes) {
      reserved += moreChanges;
      reservedBytes += moreBytes;
    }
  }

  /** One that is merged when it is full. */
  private static final class CoalescingQueue extends DeliveryQueue {
    private long coalesced;

    @Override
    long coalesced() {
      return coalesced;
    }

    /** Of use only if it is half empty then: else every further commit would have it merged. */
    @Override
    boolean shrink(long maxChanges, long maxBytes, @Nullable List<Integer> keyColumns) {
      int before = changes();
      coalesce(keyColumns);
      coalesced += before - changes();
      return hasRoom(maxChanges / 2 + 1, maxBytes / 2 + 1);
    }
  }

  /**
   * Makes changes that follow each other into one event of what they come to. Other events stay
   * where they are, and nothing is merged across them.
   *
   * @param keyColumns positions no two rows of the result agree in; null if none are known
   */
  final void coalesce(@Nullable List<Integer> keyColumns) {
    Mail mail = head;
    clear();
    List<Changes> run = new ArrayList<>();
    for (; mail != null; mail = mail.next) {
      if (mail.event instanceof Changes told) {
        run.add(told);
      } else {
        addMerged(run, keyColumns);
        add(mail.event, mail.bytes);
      }
    }
    addMerged(run, keyColumns);
  }

  private void addMerged(List<Changes> run, @Nullable List<Integer> keyColumns) {
    Changes merged = CoalescedChanges.of(run, keyColumns);
    if (merged != null) {
      add(merged, EventSize.ofEvent(merged.changes()));
    }
    run.clear();
  }
}

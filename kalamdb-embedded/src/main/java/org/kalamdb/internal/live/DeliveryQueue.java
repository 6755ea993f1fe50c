package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.schema.SeqId;

/**
 * Events that wait for a listener, the oldest first, and what they weigh. Empty, and next to
 * nothing in size, nearly always. Guarded by its subscription's lock.
 */
final class DeliveryQueue {
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
  private long coalesced;

  boolean isEmpty() {
    return head == null;
  }

  /** Row changes in it. */
  int changes() {
    return changes;
  }

  /** Estimated heap. */
  long bytes() {
    return bytes;
  }

  /** Row changes that merging has saved the listener, ever. */
  long coalesced() {
    return coalesced;
  }

  /** The commit of the first event; null if it is empty. */
  @Nullable SeqId oldest() {
    return head == null ? null : head.event.seq();
  }

  /** The commit of the first event; later than any if it is empty. */
  long nextSeq() {
    return head == null ? Long.MAX_VALUE : head.event.seq().value();
  }

  /** Whether there are so many changes, or of so many bytes. */
  boolean reaches(long maxChanges, long maxBytes) {
    return changes >= maxChanges || bytes >= maxBytes;
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

  /** Removes the events of commits up to this one. */
  void removeUpTo(long seq) {
    while (head != null && head.event.seq().value() <= seq) {
      remove();
    }
  }

  void clear() {
    head = null;
    tail = null;
    changes = 0;
    bytes = 0;
  }

  /**
   * Makes changes that follow each other into one event of what they come to. Other events stay
   * where they are, and nothing is merged across them.
   *
   * @param keyColumns positions no two rows of the result agree in; null if none are known
   */
  void coalesce(@Nullable List<Integer> keyColumns) {
    Mail mail = head;
    int before = changes;
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
    coalesced += before - changes;
  }

  private void addMerged(List<Changes> run, @Nullable List<Integer> keyColumns) {
    Changes merged = CoalescedChanges.of(run, keyColumns);
    if (merged != null) {
      add(merged, EventSize.ofEvent(merged.changes()));
    }
    run.clear();
  }
}

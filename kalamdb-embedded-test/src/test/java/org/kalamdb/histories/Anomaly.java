package org.kalamdb.histories;

/**
 * Something in a history that an isolation level may forbid.
 *
 * @param text the transactions and how they hang together
 */
record Anomaly(Kind kind, String text) {
  /** Adya's phenomena, and what no level allows at all. */
  enum Kind {
    /** Reads of one list that no order of its writes explains. */
    INCOMPATIBLE_ORDER,
    /** A committed write that is not there at the end. */
    LOST_WRITE,
    /** A number seen that nobody wrote, or twice. */
    GARBAGE,
    /** A transaction does not see its own writes, or a list without what it saw in it before. */
    INTERNAL,
    /** A write of a transaction that rolled back was seen. */
    G1A,
    /** A write was seen that its transaction wrote over. */
    G1B,
    /** A cycle of writes. */
    G0,
    /** A cycle of writes and reads of them. */
    G1C,
    /** A transaction wrote over a version that came after the one it had read. */
    P4,
    /** A cycle with one read of what was written over later. */
    G_SINGLE,
    /** A cycle with several of them, no two in a row: no snapshot explains it. */
    G_NONADJACENT,
    /** A cycle with two of them in a row: write skew. */
    G2,
    /** What was committed before the read began is not in it. */
    STALE_READ,
    /** A cycle that needs the order in which transactions ended and began. */
    REAL_TIME
  }
}

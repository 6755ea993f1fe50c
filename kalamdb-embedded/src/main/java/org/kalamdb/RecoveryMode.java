package org.kalamdb;

/** What opening a damaged database does; see {@link KalamOptions.Builder#recovery}. */
public enum RecoveryMode {
  /**
   * Refuses with XX001 whatever would go missing without a word, and changes nothing. Damaged
   * segments alone do not refuse the opening: reading their partitions does.
   */
  STRICT,

  /**
   * Makes a new database of what can still be read, keeps all files there were in {@code lost/} of
   * its directory, and tells in {@link RecoveryReport#salvaged()} what is gone. For one opening of
   * a database that {@link #STRICT} refuses, after a person has decided so: it reads everything and
   * writes all hot rows anew each time.
   */
  SALVAGE
}

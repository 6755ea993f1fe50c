package org.kalamdb.internal.txn;

import org.kalamdb.error.KalamException;

/** What commits have to do with the disk below them. Called by any thread; must not block. */
public interface CommitGuard {
  /** There is always room, and an error of the log is final. */
  CommitGuard NONE =
      new CommitGuard() {
        @Override
        public void admit(Commit commit, long bytes) {}

        @Override
        public void checkRoom() {}

        @Override
        public void logFailed(KalamException first) {}

        @Override
        public KalamException refusal(KalamException first) {
          return new KalamException(first.code(), first.reason(), first);
        }
      };

  /**
   * A commit has put together its batch and is about to be written; under the commit lock.
   *
   * @throws KalamException 53100 if there is no room for it; nothing has happened then
   */
  void admit(Commit commit, long bytes);

  /**
   * A file of unknown size is about to be written.
   *
   * @throws KalamException 53100 if the disk is full
   */
  void checkRoom();

  /** The log could not be written or synced: told once by a pipeline, which takes no more. */
  void logFailed(KalamException first);

  /** What a commit that comes after that is refused with. */
  KalamException refusal(KalamException first);
}

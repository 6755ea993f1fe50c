package org.kalamdb;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What opening a database found and did. File names are relative to the database's directory, or
 * begin with {@code @} and the number of another storage.
 *
 * @param created true if there was no database before
 * @param cleanlyClosed true if the database was closed in order before; then the files of the hot
 *     tier were compared with what they were, instead of the rows with their digest
 * @param lastSeq the newest commit that is there
 * @param hotRowsVerified hot rows that were read and compared with the digest of what was committed
 * @param tornTails remains of writes that a crash interrupted before anybody was told of them, cut
 *     off the logs
 * @param undoneChanges tables with constraints or indexes that a statement had not finished; they
 *     were taken away again
 * @param deletedFiles files that belonged to nothing, left by a crash or a drop, and were deleted
 * @param rewrittenManifests copies of manifests that were damaged and written anew
 * @param missingSegments segments that are missing or cut: reading their partition is refused,
 *     everything else serves; a table whose manifest is damaged is here by its name
 * @param unavailableStorages storages whose directory is missing or not theirs, each with the
 *     reason: reading what is in them is refused, and nothing of it was deleted
 * @param salvaged what an opening with {@link RecoveryMode#SALVAGE} found before; null without it
 * @param took how long opening took
 */
public record RecoveryReport(
    boolean created,
    boolean cleanlyClosed,
    long lastSeq,
    long hotRowsVerified,
    List<String> tornTails,
    List<String> undoneChanges,
    List<String> deletedFiles,
    List<String> rewrittenManifests,
    List<String> missingSegments,
    List<String> unavailableStorages,
    @Nullable SalvageReport salvaged,
    Duration took) {
  public RecoveryReport {
    tornTails = List.copyOf(tornTails);
    undoneChanges = List.copyOf(undoneChanges);
    deletedFiles = List.copyOf(deletedFiles);
    rewrittenManifests = List.copyOf(rewrittenManifests);
    missingSegments = List.copyOf(missingSegments);
    unavailableStorages = List.copyOf(unavailableStorages);
  }

  /** True if nothing had to be mended and nothing is missing. */
  public boolean isUneventful() {
    return tornTails.isEmpty()
        && undoneChanges.isEmpty()
        && deletedFiles.isEmpty()
        && rewrittenManifests.isEmpty()
        && missingSegments.isEmpty()
        && unavailableStorages.isEmpty()
        && (salvaged == null || salvaged.isLossless());
  }
}

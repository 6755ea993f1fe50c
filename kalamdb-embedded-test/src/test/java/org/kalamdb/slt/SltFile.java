package org.kalamdb.slt;

import java.nio.file.Path;
import java.util.List;

/** A file of records that starts from an empty database. */
record SltFile(Path path, List<SltRecord> records) {}

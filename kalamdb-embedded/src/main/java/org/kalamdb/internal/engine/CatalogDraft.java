package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/** The catalog as the statements of a transaction that changes it see it. */
final class CatalogDraft {
  /** Versions of drafts fall, so that no plan is shared with a committed catalog's. */
  private static final AtomicLong VERSIONS = new AtomicLong(-1);

  private final List<CatalogStep> steps = new ArrayList<>();
  private CatalogSnapshot catalog;

  CatalogDraft(CatalogSnapshot start) {
    this.catalog = start;
  }

  CatalogSnapshot catalog() {
    return catalog;
  }

  List<CatalogStep> steps() {
    return List.copyOf(steps);
  }

  void add(CatalogStep step) {
    catalog =
        step.change().apply(catalog, new KvWriteBatch()).withVersion(VERSIONS.getAndDecrement());
    steps.add(step);
  }
}

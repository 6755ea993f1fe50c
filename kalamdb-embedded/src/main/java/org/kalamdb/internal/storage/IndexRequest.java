package org.kalamdb.internal.storage;

import java.util.List;
import org.kalamdb.internal.catalog.IndexDefinition;

/**
 * Which rows an index leads to.
 *
 * @param ranges over the index's columns in place of the primary key's, disjoint, ascending by
 *     value; NULL is in none of them but that of everything
 * @param descending whether rows come in the index's order from its end
 * @param limit no more rows than this are wanted; Long.MAX_VALUE if unknown
 */
public record IndexRequest(
    IndexDefinition index, List<KeyRange> ranges, boolean descending, long limit) {
  public IndexRequest {
    ranges = List.copyOf(ranges);
  }
}

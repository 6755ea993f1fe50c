package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.schema.DataType;

/**
 * What a join joins: its left side streams past the right one, which is held.
 *
 * @param leftTypes of the left columns that are put out, the first of the left input
 * @param rightTypes likewise; the residual sees the left ones followed by these
 * @param leftKeys positions in the left input
 * @param rightKeys positions in the right input, each of the same type as its partner
 * @param keyTypes of the keys
 * @param showsHeld of SEMI and ANTI: whether the rows that are put out are those of the right side,
 *     once the left one has ended
 */
record JoinShape(
    JoinType type,
    List<DataType> leftTypes,
    List<DataType> rightTypes,
    int[] leftKeys,
    int[] rightKeys,
    List<DataType> keyTypes,
    boolean showsHeld) {
  List<DataType> pairTypes() {
    List<DataType> types = new ArrayList<>(leftTypes);
    types.addAll(rightTypes);
    return types;
  }

  /** Whether one partner of a left row is all there is to know. */
  boolean firstPartnerSuffices() {
    return !showsHeld && (type == JoinType.SEMI || type == JoinType.ANTI || type.marks());
  }

  /** Whether left rows can be in the output though there is no right row. */
  boolean showsLeftAlone() {
    return !showsHeld && (type.keepsLeft() || type == JoinType.ANTI);
  }

  /** Whether right rows without a partner are in the output. */
  boolean keepsRight() {
    return type.keepsRight() || showsHeld && type == JoinType.ANTI;
  }

  /** Whether right rows are put out by themselves once the left side has ended. */
  boolean endsWithRight() {
    return type.keepsRight() || showsHeld;
  }
}

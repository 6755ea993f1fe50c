package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.parse.WindowSpecification.Frame;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameBound;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameBoundKind;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameExclusion;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameUnits;

/** Windows: what stands behind OVER and in the WINDOW clause. */
final class WindowParser {
  private final Grammar grammar;
  private final TokenCursor cursor;

  WindowParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
  }

  /** Behind OVER: a name or a window in parentheses. */
  WindowSpecification over() {
    if (cursor.isSymbol('(')) {
      return window();
    }
    Identifier name = cursor.columnName();
    return new WindowSpecification(name, true, List.of(), List.of(), null, name.position());
  }

  /** Behind WINDOW: {@code name AS (...), ...}. */
  List<QueryBody.NamedWindow> named() {
    List<QueryBody.NamedWindow> windows = new ArrayList<>();
    do {
      Identifier name = cursor.columnName();
      cursor.expect(Keyword.AS);
      windows.add(new QueryBody.NamedWindow(name, window()));
    } while (cursor.acceptSymbol(','));
    return windows;
  }

  private WindowSpecification window() {
    Position position = cursor.position();
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    Identifier base = startsClause() || !cursor.isColumnName() ? null : cursor.columnName();
    List<ParsedExpression> partitionBy = List.of();
    if (cursor.accept("partition", "by")) {
      partitionBy = grammar.expressions.list();
    }
    List<Query.OrderItem> orderBy = grammar.queries.orderBy();
    Frame frame = isFrame() ? frame() : null;
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return new WindowSpecification(base, false, partitionBy, orderBy, frame, position);
  }

  private boolean startsClause() {
    return cursor.isWord("partition") || isFrame();
  }

  private boolean isFrame() {
    return cursor.isWord("rows") || cursor.isWord("range") || cursor.isWord("groups");
  }

  private Frame frame() {
    FrameUnits units =
        cursor.isWord("rows")
            ? FrameUnits.ROWS
            : cursor.isWord("range") ? FrameUnits.RANGE : FrameUnits.GROUPS;
    cursor.take();
    boolean between = cursor.accept(Keyword.BETWEEN);
    Position startPosition = cursor.position();
    FrameBound start = bound();
    FrameBound end = new FrameBound(FrameBoundKind.CURRENT_ROW, null);
    Position endPosition = startPosition;
    if (between) {
      cursor.expect(Keyword.AND);
      endPosition = cursor.position();
      end = bound();
    }
    check(start.kind(), startPosition, end.kind(), endPosition);
    return new Frame(units, start, end, exclusion());
  }

  private FrameBound bound() {
    if (cursor.isWord("unbounded") && isDirection(1)) {
      boolean preceding = cursor.isWordAt(1, "preceding");
      cursor.moveTo(cursor.next() + 2);
      return new FrameBound(
          preceding ? FrameBoundKind.UNBOUNDED_PRECEDING : FrameBoundKind.UNBOUNDED_FOLLOWING,
          null);
    }
    if (cursor.isWord("current") && cursor.keywordAt(1) == Keyword.ROW) {
      cursor.moveTo(cursor.next() + 2);
      return new FrameBound(FrameBoundKind.CURRENT_ROW, null);
    }
    ParsedExpression offset = grammar.expressions.expression();
    if (!isDirection(0)) {
      throw cursor.error();
    }
    boolean preceding = cursor.accept("preceding");
    if (!preceding) {
      cursor.expect("following");
    }
    return new FrameBound(
        preceding ? FrameBoundKind.OFFSET_PRECEDING : FrameBoundKind.OFFSET_FOLLOWING, offset);
  }

  private boolean isDirection(int ahead) {
    return cursor.isWordAt(ahead, "preceding") || cursor.isWordAt(ahead, "following");
  }

  private static void check(
      FrameBoundKind start, Position startPosition, FrameBoundKind end, Position endPosition) {
    if (start == FrameBoundKind.UNBOUNDED_FOLLOWING) {
      throw windowing(startPosition, "frame start cannot be UNBOUNDED FOLLOWING");
    } else if (end == FrameBoundKind.UNBOUNDED_PRECEDING) {
      throw windowing(endPosition, "frame end cannot be UNBOUNDED PRECEDING");
    } else if (start == FrameBoundKind.CURRENT_ROW && end == FrameBoundKind.OFFSET_PRECEDING) {
      throw windowing(endPosition, "frame starting from current row cannot have preceding rows");
    } else if (start == FrameBoundKind.OFFSET_FOLLOWING
        && end.compareTo(FrameBoundKind.OFFSET_FOLLOWING) < 0) {
      throw windowing(
          endPosition,
          end == FrameBoundKind.CURRENT_ROW
              ? "frame starting from following row cannot end with current row"
              : "frame starting from following row cannot have preceding rows");
    }
  }

  private static KalamException windowing(Position position, String message) {
    return position.error(ErrorCode.WINDOWING_ERROR, message);
  }

  private FrameExclusion exclusion() {
    if (!cursor.accept("exclude")) {
      return FrameExclusion.NO_OTHERS;
    } else if (cursor.accept("current", "row")) {
      return FrameExclusion.CURRENT_ROW;
    } else if (cursor.accept(Keyword.GROUP)) {
      return FrameExclusion.GROUP;
    } else if (cursor.accept("ties")) {
      return FrameExclusion.TIES;
    } else if (cursor.accept("no", "others")) {
      return FrameExclusion.NO_OTHERS;
    }
    throw cursor.error();
  }
}

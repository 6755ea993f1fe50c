package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;

/** Parts a text at its semicolons; strings and comments are tokens or gone by then. */
final class StatementSplitter {
  /** Tokens of one statement, the last one excluded; never empty. */
  record Range(int from, int to) {}

  private StatementSplitter() {}

  static List<Range> split(Tokens tokens) {
    List<Range> ranges = new ArrayList<>();
    int from = 0;
    int depth = 0;
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.isSymbol(i, '(')) {
        depth++;
      } else if (tokens.isSymbol(i, ')')) {
        depth--;
      } else if (tokens.isSymbol(i, ';')) {
        if (depth > 0) {
          throw tokens.syntaxError(i, "\")\"");
        }
        add(ranges, from, i);
        from = i + 1;
        depth = 0;
      }
    }
    add(ranges, from, tokens.size());
    return ranges;
  }

  private static void add(List<Range> ranges, int from, int to) {
    if (from < to) {
      ranges.add(new Range(from, to));
    }
  }
}

package org.kalamdb.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Statements made wrong in the ways people and programs do; the same for the same seed. */
final class StatementMutation {
  private static final Pattern TOKEN =
      Pattern.compile("\\s+|\\w+|'[^']*'|\"[^\"]*\"|[<>=!|&~*/+-]+|.", Pattern.DOTALL);

  private static final String[] PIECES = {
    "(",
    ")",
    ",",
    ".",
    ";",
    "'",
    "\"",
    "$$",
    "--",
    "/*",
    "*/",
    "::",
    "->",
    "->>",
    "?",
    "*",
    "-",
    "+",
    "/",
    "%",
    "~",
    "=",
    "<>",
    "[",
    "]",
    "{",
    "@",
    "#",
    "||",
    " SELECT ",
    " FROM ",
    " WHERE ",
    " CASE ",
    " WHEN ",
    " END ",
    " NOT ",
    " NULL ",
    " IN ",
    " AS ",
    " ON ",
    " OVER ",
    " VALUES ",
    " UNION ALL ",
    " EXCEPT ",
    " GROUP BY ",
    " ORDER BY ",
    " HAVING ",
    " LIMIT ",
    " OFFSET ",
    " JOIN ",
    " LEFT JOIN ",
    " CROSS JOIN ",
    " LATERAL ",
    " USING (id) ",
    " DISTINCT ",
    " ALL ",
    " ANY ",
    " EXISTS ",
    " BETWEEN ",
    " LIKE ",
    " IS ",
    " AND ",
    " OR ",
    " DEFAULT ",
    " INTERVAL ",
    " 0 ",
    " 1 ",
    " -1 ",
    " 9223372036854775807 ",
    " 1e300 ",
    " 0.1 ",
    " 'x' ",
    " '' ",
    " TRUE ",
    " id ",
    " a ",
    " t ",
    " u ",
    " count(*) ",
    " sum(a) ",
    " now() ",
    "\n",
    "\0",
    "\ud800",
    "é",
    "🎉",
    "E'\\",
    "U&'\\",
    "0x",
    "1_0",
    " WITH ",
    " RECURSIVE ",
    " WINDOW ",
    " PARTITION BY ",
  };

  private StatementMutation() {}

  static String mutate(String sql, String other, Random random) {
    String text = sql;
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      text = change(text, other, random);
    }
    return text;
  }

  private static String change(String text, String other, Random random) {
    if (random.nextInt(6) == 0) {
      return flip(text, random);
    }
    List<String> tokens = tokens(text);
    if (tokens.isEmpty()) {
      return other;
    }
    int at = random.nextInt(tokens.size());
    switch (random.nextInt(8)) {
      case 0 -> tokens.remove(at);
      case 1 -> tokens.add(at, tokens.get(random.nextInt(tokens.size())));
      case 2 -> {
        int to = random.nextInt(tokens.size());
        String token = tokens.get(at);
        tokens.set(at, tokens.get(to));
        tokens.set(to, token);
      }
      case 3 -> tokens.add(at, PIECES[random.nextInt(PIECES.length)]);
      case 4 -> tokens.set(at, PIECES[random.nextInt(PIECES.length)]);
      case 5 -> tokens.subList(at, tokens.size()).clear();
      case 6 -> tokens.addAll(at, slice(tokens(other), random));
      default -> nest(tokens, at, random);
    }
    return String.join("", tokens);
  }

  private static List<String> slice(List<String> tokens, Random random) {
    int from = random.nextInt(tokens.size());
    return tokens.subList(from, Math.min(tokens.size(), from + 1 + random.nextInt(12)));
  }

  private static void nest(List<String> tokens, int at, Random random) {
    String[][] around = {
      {"(", ")"}, {" NOT (", ")"}, {"(SELECT ", ")"}, {"abs(", ")"}, {"-(", ")"}
    };
    String[] pair = around[random.nextInt(around.length)];
    int times = random.nextInt(4) == 0 ? 120 : 1 + random.nextInt(5);
    int to = Math.min(tokens.size(), at + 1 + random.nextInt(6));
    tokens.add(to, pair[1].repeat(times));
    tokens.add(at, pair[0].repeat(times));
  }

  private static String flip(String text, Random random) {
    if (text.isEmpty()) {
      return text;
    }
    char[] characters = text.toCharArray();
    characters[random.nextInt(characters.length)] ^= (char) (1 << random.nextInt(8));
    return new String(characters);
  }

  private static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
    return tokens;
  }
}

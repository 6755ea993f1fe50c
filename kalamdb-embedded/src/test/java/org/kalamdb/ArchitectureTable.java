package org.kalamdb;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The two tables of ARCHITECTURE.md. A unit is a package or, if its last name starts with a
 * capital, one class that counts apart from its package; units go by their full names.
 *
 * @param units each unit in the order of its row, with the units it may use
 * @param doors each foreign package with the units that may use it
 */
record ArchitectureTable(Map<String, Set<String>> units, Map<String, Set<String>> doors) {
  private static final String ROOT = "org.kalamdb";
  private static final Pattern NAME = Pattern.compile("`([\\w.]+)`|\\((root)\\)");
  private static final Pattern ROW = Pattern.compile("\\|([^|]*)\\|(?:[^|]*\\|)?([^|]*)\\|");

  /** Reads the tables; refuses a name without a row above, so that what it returns has no cycle. */
  static ArchitectureTable parse(String page) {
    Map<String, Set<String>> units = new LinkedHashMap<>();
    for (Matcher row : rows(page, "| Package |")) {
      String unit = only(row);
      Set<String> allowed = new LinkedHashSet<>();
      for (String name : names(row.group(2))) {
        allowed.add(known(fullName(name), units.keySet(), row));
      }
      if (units.putIfAbsent(unit, allowed) != null) {
        throw new IllegalArgumentException("Two rows for " + unit);
      }
    }
    Map<String, Set<String>> doors = new LinkedHashMap<>();
    for (Matcher row : rows(page, "| Foreign package |")) {
      Set<String> allowed = new LinkedHashSet<>();
      for (String name : names(row.group(2))) {
        allowed.add(known(fullName(name), units.keySet(), row));
      }
      doors.put(names(row.group(1)).get(0), allowed);
    }
    return new ArchitectureTable(units, doors);
  }

  /** The unit a class belongs to; nested classes go with their outermost one. */
  String unitOf(String className) {
    int nested = className.indexOf('$');
    String outermost = nested < 0 ? className : className.substring(0, nested);
    return units.containsKey(outermost)
        ? outermost
        : outermost.substring(0, outermost.lastIndexOf('.'));
  }

  /** Whether a class of one unit may use a class of another; a unit may always use itself. */
  boolean allows(String origin, String target) {
    return origin.equals(target) || units.getOrDefault(origin, Set.of()).contains(target);
  }

  private static List<Matcher> rows(String page, String heading) {
    int start = page.indexOf(heading);
    if (start < 0) {
      throw new IllegalArgumentException("No table starts with " + heading);
    }
    List<Matcher> rows = new ArrayList<>();
    List<String> lines = page.substring(start).lines().toList();
    for (String line : lines.subList(2, lines.size())) {
      if (!line.startsWith("|")) {
        break;
      }
      Matcher row = ROW.matcher(line);
      if (!row.matches()) {
        throw new IllegalArgumentException("Not a row of two or three cells: " + line);
      }
      rows.add(row);
    }
    return rows;
  }

  private static String only(Matcher row) {
    List<String> names = names(row.group(1));
    if (names.size() != 1) {
      throw new IllegalArgumentException("One name must start the row " + row.group());
    }
    return fullName(names.get(0));
  }

  private static List<String> names(String cell) {
    String rest = NAME.matcher(cell).replaceAll("").strip();
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException("Neither a name in backquotes nor (root): " + rest);
    }
    return NAME.matcher(cell)
        .results()
        .map(name -> name.group(1) == null ? "" : name.group(1))
        .toList();
  }

  private static String fullName(String name) {
    return name.isEmpty() ? ROOT : ROOT + "." + name;
  }

  private static String known(String unit, Collection<String> above, Matcher row) {
    if (!above.contains(unit)) {
      throw new IllegalArgumentException(
          "No row above is for " + unit + ", named in " + row.group());
    }
    return unit;
  }
}

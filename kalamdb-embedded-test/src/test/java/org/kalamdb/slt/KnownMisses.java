package org.kalamdb.slt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The third-party records that fail, as a page of the documentation lists them: below the heading
 * {@link #SECTION} groups of a heading, a reason, and lines {@code - `file`: line, line}.
 */
final class KnownMisses {
  static final String SECTION = "## Records that fail";

  /** The group of what the page did not know; the reasons are for a developer to write. */
  private static final String UNSORTED = "### Not sorted yet";

  private static final Pattern ENTRY = Pattern.compile("- `([^`]+)`: ([0-9, ]+)");

  /** A record, by its file below the root and its line there. */
  record Place(String file, int line) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int order = file.compareTo(other.file);
      return order != 0 ? order : Integer.compare(line, other.line);
    }

    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /** A heading, the lines below it, and the records after those. */
  private static final class Group {
    private final List<String> text = new ArrayList<>();
    private final Set<Place> places = new TreeSet<>();
  }

  private final List<String> before = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();

  private KnownMisses() {}

  static KnownMisses read(Path page) throws IOException {
    KnownMisses misses = new KnownMisses();
    boolean below = false;
    for (String line : Files.readAllLines(page)) {
      below |= line.equals(SECTION);
      if (below && line.startsWith("### ")) {
        misses.groups.add(new Group());
      }
      if (misses.groups.isEmpty()) {
        misses.before.add(line);
      } else {
        add(misses.groups.get(misses.groups.size() - 1), line);
      }
    }
    return misses;
  }

  private static void add(Group group, String line) {
    Matcher entry = ENTRY.matcher(line);
    if (!entry.matches()) {
      if (group.places.isEmpty()) {
        group.text.add(line);
      }
      return;
    }
    for (String number : entry.group(2).split(", ")) {
      group.places.add(new Place(entry.group(1), Integer.parseInt(number)));
    }
  }

  /** All that the page lists. */
  Set<Place> places() {
    return groups.stream()
        .flatMap(group -> group.places.stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Groups without a reason. */
  List<String> unexplained() {
    return groups.stream()
        .filter(
            group ->
                group.text.get(0).equals(UNSORTED)
                    || group.text.stream().skip(1).allMatch(String::isBlank))
        .map(group -> group.text.get(0))
        .toList();
  }

  /** Leaves out what passes and adds what is new, without a reason. */
  void update(Set<Place> actual) {
    Set<Place> unlisted = new TreeSet<>(actual);
    unlisted.removeAll(places());
    groups.forEach(group -> group.places.retainAll(actual));
    groups.removeIf(group -> group.places.isEmpty());
    if (!unlisted.isEmpty()) {
      Group group =
          groups.stream()
              .filter(known -> known.text.get(0).equals(UNSORTED))
              .findFirst()
              .orElseGet(
                  () -> {
                    Group added = new Group();
                    added.text.addAll(Arrays.asList(UNSORTED, ""));
                    groups.add(added);
                    return added;
                  });
      group.places.addAll(unlisted);
    }
  }

  void write(Path page) throws IOException {
    StringBuilder text = new StringBuilder();
    before.forEach(line -> text.append(line).append('\n'));
    for (Group group : groups) {
      group.text.forEach(line -> text.append(line).append('\n'));
      Map<String, List<Integer>> byFile = new TreeMap<>();
      for (Place place : group.places) {
        byFile.computeIfAbsent(place.file(), f -> new ArrayList<>()).add(place.line());
      }
      byFile.forEach(
          (file, lines) ->
              text.append("- `")
                  .append(file)
                  .append("`: ")
                  .append(lines.stream().map(String::valueOf).collect(Collectors.joining(", ")))
                  .append('\n'));
      text.append('\n');
    }
    Files.writeString(page, text.toString().stripTrailing() + "\n", StandardCharsets.UTF_8);
  }
}

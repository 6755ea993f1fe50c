package org.kalamdb.suite;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.kalamdb.internal.expr.AggregateReference;
import org.kalamdb.internal.expr.FunctionCategory;
import org.kalamdb.internal.expr.FunctionEntry;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.expr.TableFunctionReference;
import org.kalamdb.internal.expr.WindowReference;

/** Writes docs/reference/functions.md from what the registries know. */
final class FunctionReference {
  private FunctionReference() {}

  /** All that stands in the reference; a new registry is one line here. */
  static List<FunctionEntry> entries() {
    List<FunctionEntry> entries = new ArrayList<>();
    entries.addAll(FunctionRegistry.instance().entries());
    entries.addAll(AggregateReference.entries());
    entries.addAll(WindowReference.entries());
    entries.addAll(TableFunctionReference.entries());
    return entries;
  }

  static String page() {
    StringBuilder page = new StringBuilder();
    page.append("# Functions and operators\n\n")
        .append(
            "Written by `FunctionReferenceTest` from the registries, which also runs every example.\n");
    for (FunctionCategory category : FunctionCategory.values()) {
      List<FunctionEntry> chapter =
          entries().stream()
              .filter(entry -> entry.category() == category)
              .sorted(
                  Comparator.comparing((FunctionEntry e) -> isWord(e) ? 0 : 1)
                      .thenComparing(FunctionEntry::name))
              .toList();
      if (!chapter.isEmpty()) {
        page.append("\n## ").append(category.title()).append("\n\n");
        page.append("| Signatures | What it gives | Example |\n|---|---|---|\n");
        chapter.forEach(entry -> append(page, entry));
      }
    }
    return page.toString();
  }

  private static boolean isWord(FunctionEntry entry) {
    return Character.isLetter(entry.name().charAt(0));
  }

  private static void append(StringBuilder page, FunctionEntry entry) {
    page.append("| ");
    String separator = "";
    for (String signature : entry.signatures()) {
      page.append(separator).append(code(signature));
      separator = "<br>";
    }
    page.append(" | ")
        .append(cell(entry.description()))
        .append(" | ")
        .append(code(entry.example()));
    if (entry.result() != null) {
      page.append(" → ").append(entry.result().isEmpty() ? "(empty)" : code(entry.result()));
    }
    page.append(" |\n");
  }

  private static String code(String text) {
    String fence = text.contains("`") ? "``" : "`";
    return fence + cell(text) + fence;
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", "\\n");
  }
}

package org.kalamdb.suite;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.sf.jsqlparser.parser.AbstractJSqlParser.Dialect;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.TokenMgrException;
import net.sf.jsqlparser.parser.feature.Feature;

/** What JSqlParser makes of a statement in any of the dialects it can be asked for. */
final class JSqlParserTree {
  static final String PACKAGE = "net.sf.jsqlparser.";

  private JSqlParserTree() {}

  /** True where a node of the class is in a tree of the statement. */
  static boolean hasClass(String sql, String type) {
    if (contains(sql, parser -> parser, type)
        || contains(
            sql, parser -> parser.withFeature(Feature.allowUnsupportedStatements, true), type)) {
      return true;
    }
    return Arrays.stream(Dialect.values())
        .anyMatch(dialect -> contains(sql, parser -> parser.withDialect(dialect), type));
  }

  private static boolean contains(String sql, UnaryOperator<CCJSqlParser> settings, String type) {
    try {
      return contains(settings.apply(new CCJSqlParser(sql)).Statements(), PACKAGE + type);
    } catch (ParseException | TokenMgrException e) {
      return false; // no statement of this dialect
    }
  }

  private static boolean contains(Object root, String type) {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> open = new ArrayDeque<>();
    open.add(root);
    while (!open.isEmpty()) {
      Object node = open.remove();
      if (node.getClass().getName().equals(type)) {
        return true;
      }
      if (seen.add(node)) {
        open.addAll(children(node));
      }
    }
    return false;
  }

  private static List<Object> children(Object node) {
    List<Object> children = new ArrayList<>();
    if (node instanceof Collection<?> collection) {
      children.addAll(collection);
    } else if (node instanceof Map<?, ?> map) {
      children.addAll(map.keySet());
      children.addAll(map.values());
    } else if (node instanceof Object[] array) {
      children.addAll(Arrays.asList(array));
    } else if (node instanceof Optional<?> optional && optional.isPresent()) {
      children.add(optional.get());
    }
    boolean own = node.getClass().getName().startsWith(PACKAGE);
    boolean token = node.getClass().getName().startsWith(PACKAGE + "parser.");
    for (Class<?> c = node.getClass(); own && !token && c != null; c = c.getSuperclass()) {
      if (c.getName().startsWith(PACKAGE)) {
        addFields(node, c, children);
      }
    }
    children.removeIf(child -> child == null);
    return children;
  }

  private static void addFields(Object node, Class<?> type, List<Object> children) {
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
        try {
          field.setAccessible(true);
          children.add(field.get(node));
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
  }
}

package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import net.sf.jsqlparser.expression.Alias;
import net.sf.jsqlparser.parser.ASTNodeAccess;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import org.jspecify.annotations.Nullable;

/** Finds the caller's tokens behind JSqlParser's nodes and the numbers they carry as names. */
final class NodeReader {
  private final StatementShape shape;
  private final Tokens tokens;

  NodeReader(StatementShape shape) {
    this.shape = shape;
    this.tokens = shape.tokens();
  }

  /** The first token of a node that knows it, or -1. */
  int firstToken(ASTNodeAccess node) {
    if (node.getASTNode() == null || node.getASTNode().jjtGetFirstToken() == null) {
      return -1;
    }
    return shape.tokenOfLine(node.getASTNode().jjtGetFirstToken().beginLine);
  }

  Position position(int token) {
    return token < 0 ? Position.START : tokens.position(token);
  }

  /** The token numbers in {@code "1"."2"}; whatever is not such a name is a syntax error. */
  List<Integer> nameTokens(String name, int near) {
    List<Integer> numbers = new ArrayList<>();
    for (String part : name.split("\\.", -1)) {
      numbers.add(nameToken(part, near));
    }
    return numbers;
  }

  /** The token number in {@code "1"}. */
  int nameToken(String part, int near) {
    if (part.length() > 2 && part.charAt(0) == '\'') {
      throw tokens.syntaxError(number(part.substring(1, part.length() - 1), near));
    }
    if (part.length() < 3 || part.charAt(0) != '"' || part.charAt(part.length() - 1) != '"') {
      throw tokens.syntaxError(near);
    }
    return number(part.substring(1, part.length() - 1), near);
  }

  /** The token number in a literal; {@code near} is to blame where it is none of ours. */
  int number(String digits, int near) {
    try {
      int token = Integer.parseInt(digits);
      shape.taken(token);
      return token;
    } catch (NumberFormatException e) {
      throw tokens.syntaxError(Math.max(near, 0));
    }
  }

  Identifier identifier(String name, int near) {
    return tokens.identifier(nameToken(name, near));
  }

  @Nullable Identifier alias(@Nullable Alias alias, int near) {
    if (alias == null) {
      return null;
    }
    if (alias.getAliasColumns() != null && !alias.getAliasColumns().isEmpty()) {
      throw tokens.syntaxError(near);
    }
    return identifier(alias.getName(), near);
  }

  FromItem.@Nullable Alias tableAlias(@Nullable Alias alias, int near) {
    if (alias == null) {
      return null;
    }
    List<Identifier> columns = new ArrayList<>();
    if (alias.getAliasColumns() != null) {
      for (Alias.AliasColumn column : alias.getAliasColumns()) {
        if (column.colDataType != null) {
          throw tokens.unsupported(Math.max(near, 0), "a column definition list");
        }
        columns.add(identifier(column.name, near));
      }
    }
    return new FromItem.Alias(identifier(alias.getName(), near), columns);
  }

  /** The tokens of a table's namespace, if there is one, and name. */
  List<Integer> tableTokens(Table table) {
    return nameTokens(table.getFullyQualifiedName(), firstToken(table));
  }

  ObjectName objectName(List<Integer> parts) {
    if (parts.size() > 2) {
      throw tokens.unsupported(parts.get(0), "a name of more than two parts");
    }
    return new ObjectName(
        parts.size() == 2 ? tokens.name(parts.get(0)) : null,
        tokens.name(parts.get(parts.size() - 1)),
        tokens.position(parts.get(0)));
  }

  Identifier columnIdentifier(Column column) {
    List<Integer> parts = nameTokens(column.getFullyQualifiedName(), firstToken(column));
    if (parts.size() != 1) {
      throw tokens.syntaxError(parts.get(1) - 1);
    }
    return tokens.identifier(parts.get(0));
  }
}

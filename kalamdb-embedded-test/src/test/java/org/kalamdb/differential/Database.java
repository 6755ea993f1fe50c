package org.kalamdb.differential;

/** A database with a world in it. */
interface Database extends AutoCloseable {
  String name();

  Dialect dialect();

  Answer ask(String sql);

  @Override
  void close();
}

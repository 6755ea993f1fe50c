package org.kalamdb.test;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.kalamdb.KalamDB;

/**
 * Gives each test that asks for one a database of its own in a temporary directory, as a parameter of
 * type {@link KalamDB}, or {@link TestDatabase} for a test that closes and opens it. Methods that run
 * before the test may ask too and get the same one. After the test the database is closed, whether
 * threads of it live on is checked, and the directory is deleted.
 *
 * <pre>{@code
 * @ExtendWith(TemporaryDatabase.class)
 * class NotesTest {
 *   @Test
 *   void insert_reopened_isThere(TestDatabase database) {
 *     database.db().execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)");
 *     ...
 * }</pre>
 *
 * Does not sync the log: see {@link TestDatabase#create()}.
 */
public final class TemporaryDatabase implements ParameterResolver, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(TemporaryDatabase.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return context.getTestMethod().isPresent()
        && (type == KalamDB.class || type == TestDatabase.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    TestDatabase database =
        context
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(
                context.getUniqueId(), id -> TestDatabase.create(), TestDatabase.class);
    return parameter.getParameter().getType() == KalamDB.class ? database.db() : database;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    @Nullable TestDatabase database =
        context.getStore(NAMESPACE).remove(context.getUniqueId(), TestDatabase.class);
    if (database != null) {
      database.close();
    }
  }
}

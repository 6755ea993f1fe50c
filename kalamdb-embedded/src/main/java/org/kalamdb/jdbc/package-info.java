/**
 * The JDBC driver, found by {@link java.util.ServiceLoader}: a thin layer over {@link
 * org.kalamdb.Session}, without access to the engine. {@link org.kalamdb.jdbc.KalamDriver} is its
 * only public type; everything else is reached through the interfaces of {@code java.sql}.
 *
 * <p>A connection is one handle on the database and one session. It and all that was made from it
 * take one lock per call, so threads may share a connection and wait for each other.
 */
@NullMarked
package org.kalamdb.jdbc;

import org.jspecify.annotations.NullMarked;

/** From CREATE TABLE as written to a table definition. */
@NullMarked
package org.kalamdb.internal.sql.ddl;

import org.jspecify.annotations.NullMarked;

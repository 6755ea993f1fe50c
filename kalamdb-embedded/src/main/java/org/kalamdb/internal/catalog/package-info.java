/** What namespaces and tables exist, and with which columns and options. */
@NullMarked
package org.kalamdb.internal.catalog;

import org.jspecify.annotations.NullMarked;

/** Imports a feed of events per user, live, and asks the same questions of hot and of cold rows. */
@NullMarked
package org.kalamdb.samples.feed;

import org.jspecify.annotations.NullMarked;

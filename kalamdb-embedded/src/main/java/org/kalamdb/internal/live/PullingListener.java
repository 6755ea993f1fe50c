package org.kalamdb.internal.live;

import org.kalamdb.live.ChangeListener;

/**
 * A listener that is given as many events as it has asked for with {@link
 * LiveSubscription#request}, and the end in any case. What it has not asked for waits in its
 * subscription's queue, under its overflow policy; before it first asks, no snapshot is read.
 */
interface PullingListener extends ChangeListener {}

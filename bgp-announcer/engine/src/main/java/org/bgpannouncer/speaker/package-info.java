/**
 * The seam to whatever speaks BGP: a whole wish goes in, receipts come out. Backends live in
 * sub-packages and know the route vocabulary only.
 */
@NullMarked
package org.bgpannouncer.speaker;

import org.jspecify.annotations.NullMarked;

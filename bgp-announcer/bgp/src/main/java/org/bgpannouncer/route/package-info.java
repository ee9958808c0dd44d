/**
 * The words for routes that every room to the right of the decision shares: prefixes, path
 * attributes, an Adj-RIB-Out and the changes between two of them. Pure values; nothing here can
 * hold a control character, so whatever prints itself is safe in a line protocol.
 */
@NullMarked
package org.bgpannouncer.route;

import org.jspecify.annotations.NullMarked;

/**
 * What other implementations of BGP hold of what we said, read from their own tools: the source of
 * docs/interop.md.
 */
@NullMarked
package org.bgpannouncer.bgp.interop;

import org.jspecify.annotations.NullMarked;

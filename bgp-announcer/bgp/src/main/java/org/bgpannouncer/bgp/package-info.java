/** BGP-4 messages, their codec, and a session that speaks them (RFC 4271). */
@NullMarked
package org.bgpannouncer.bgp;

import org.jspecify.annotations.NullMarked;

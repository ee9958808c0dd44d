/** HTTP and HTTPS: status, body and certificate. */
@NullMarked
package org.bgpannouncer.probe.http;

import org.jspecify.annotations.NullMarked;

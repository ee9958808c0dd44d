/**
 * HTTP/1.1 as a probe needs it: one request, one bounded answer, on a connection of {@link
 * org.bgpannouncer.probe.net.NettyDialer}. Knows neither JSON nor Bitcoin. Not exported.
 */
@NullMarked
package org.bgpannouncer.probe.net.http;

import org.jspecify.annotations.NullMarked;

/** Tests of the configuration. */
@NullMarked
package org.bgpannouncer.config;

import org.jspecify.annotations.NullMarked;

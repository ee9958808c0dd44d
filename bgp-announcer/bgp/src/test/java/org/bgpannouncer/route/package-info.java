@NullMarked
package org.bgpannouncer.route;

import org.jspecify.annotations.NullMarked;

@NullMarked
package org.bgpannouncer.docs;

import org.jspecify.annotations.NullMarked;

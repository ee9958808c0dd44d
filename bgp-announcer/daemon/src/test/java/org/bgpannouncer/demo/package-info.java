/** The lab's story without root: two sites in one JVM. */
@NullMarked
package org.bgpannouncer.demo;

import org.jspecify.annotations.NullMarked;

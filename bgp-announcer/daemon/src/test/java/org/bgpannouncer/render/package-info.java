/** Tests of rendering: what stands in the files, and what the kernel makes of it. */
@NullMarked
package org.bgpannouncer.render;

import org.jspecify.annotations.NullMarked;

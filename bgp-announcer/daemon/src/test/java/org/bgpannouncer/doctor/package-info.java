@NullMarked
package org.bgpannouncer.doctor;

import org.jspecify.annotations.NullMarked;

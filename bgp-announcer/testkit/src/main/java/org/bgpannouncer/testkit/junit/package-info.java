/**
 * What JUnit 5 hands to a test: simulated peers as parameters, closed after the test, and their
 * conversations when it fails. Needs junit-jupiter-api, which a test that uses it has anyway.
 */
@NullMarked
package org.bgpannouncer.testkit.junit;

import org.jspecify.annotations.NullMarked;

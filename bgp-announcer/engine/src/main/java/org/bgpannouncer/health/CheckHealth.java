package org.bgpannouncer.health;

import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;

/**
 * What the observations of one check add up to.
 *
 * @param check the series
 * @param last the latest observation
 * @param passes OK in a row
 * @param remarks SOFT or HARD in a row
 * @param failures HARD in a row
 * @param verdict what follows
 */
public record CheckHealth(
    Check check, Observation last, int passes, int remarks, int failures, Verdict verdict) {}

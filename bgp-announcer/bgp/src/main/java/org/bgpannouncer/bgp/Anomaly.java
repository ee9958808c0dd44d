package org.bgpannouncer.bgp;

/**
 * Something wrong in an UPDATE that did not cost the session (RFC 7606).
 *
 * @param attribute the type code it concerns
 * @param action what was done about it: {@code ATTRIBUTE_DISCARD} or {@code TREAT_AS_WITHDRAW}
 * @param text what was wrong, {@code name: value (expected: rule)}
 */
public record Anomaly(int attribute, AttributeType.ErrorAction action, String text) {}

package org.bgpannouncer.probe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Unmodifiable copies that keep the order in which a probe read its values. */
final class Values {
  private Values() {}

  static Map<String, String> plainCopyOf(Map<String, String> values) {
    if (values.isEmpty()) {
      return Map.of();
    }
    Map<String, String> copy = new LinkedHashMap<>();
    values.forEach((name, value) -> copy.put(PlainText.of(name), PlainText.of(value)));
    return Collections.unmodifiableMap(copy);
  }
}

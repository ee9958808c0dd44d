package org.bgpannouncer.probe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Unmodifiable copies that keep the order in which a probe read its values. */
final class Values {
  private Values() {}

  static Map<String, String> copyOf(Map<String, String> values) {
    return values.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }
}

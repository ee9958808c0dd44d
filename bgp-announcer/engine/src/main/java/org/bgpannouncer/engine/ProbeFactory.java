package org.bgpannouncer.engine;

import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Probe;

/** Makes the probe of a host; in production {@code target -> Probes.of(runtime, target)}. */
@FunctionalInterface
public interface ProbeFactory {
  /**
   * A new probe of everything the target asks for, not started; the engine starts and closes it.
   */
  Probe probeOf(HostTarget target);
}

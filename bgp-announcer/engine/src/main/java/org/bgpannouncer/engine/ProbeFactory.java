package org.bgpannouncer.engine;

import java.util.List;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Probe;

/** Makes the probes of a host; in production {@code Probes.of(runtime, target)}. */
@FunctionalInterface
public interface ProbeFactory {
  /** New probes, not started; the engine starts and closes them. */
  List<Probe> probesOf(HostTarget target);
}

package org.bgpannouncer.control;

import java.util.concurrent.CompletionStage;
import org.bgpannouncer.engine.DrainRequest;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.observe.StatusSnapshot;

/** What the control socket offers; called on its only thread, so nothing may hold it up. */
public interface ControlApi {
  /** The announcer's state; may block for a second at most. */
  StatusSnapshot status();

  /** Reads the configuration again, all or nothing; returns at once. */
  CompletionStage<ReloadResult> reload();

  /** Takes a host out of its services; returns at once. */
  CompletionStage<DrainResult> drain(DrainRequest request);

  /** Takes a drained host back in; returns at once. */
  CompletionStage<DrainResult> undrain(String host);
}

package org.bgpannouncer.control;

import java.util.concurrent.CompletionStage;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.observe.StatusSnapshot;

/** What the control socket offers; called on its only thread, so nothing may hold it up. */
public interface ControlApi {
  /** The announcer's state; may block for a second at most. */
  StatusSnapshot status();

  /** Reads the configuration again, all or nothing; returns at once. */
  CompletionStage<ReloadResult> reload();
}

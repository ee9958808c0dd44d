package org.bgpannouncer.speaker.embedded;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bgpannouncer.bgp.session.BgpRuntime;
import org.bgpannouncer.bgp.speaker.BgpSpeaker;
import org.bgpannouncer.bgp.speaker.BgpSpeakerEvent;
import org.bgpannouncer.bgp.speaker.HeardPath;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerListener;
import org.jspecify.annotations.Nullable;

/**
 * Speaks BGP with the routers itself, on one thread of its own, {@code bgp-speaker}.
 *
 * <p>Its routes live and die with this process: it is synchronised from the start, with nothing
 * advertised, and there is nothing to adopt. A receipt means that the kernel has taken the UPDATE
 * for every session that is up; a session on which a withdraw does not drain in 10 s is closed,
 * which ends its routes too. Thread-safe.
 */
public final class EmbeddedSpeaker implements Speaker {
  private static final String VERSION = "embedded";
  private static final String EXPORT_NOTICE = "export ";

  private final BgpRuntime runtime;
  private final BgpSpeaker speaker;
  private final String farewell;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile List<Neighbor> neighbors;
  private volatile @Nullable SpeakerListener listener;

  private EmbeddedSpeaker(BgpRuntime runtime, List<Neighbor> neighbors, String farewell) {
    this.runtime = runtime;
    this.neighbors = List.copyOf(neighbors);
    this.farewell = farewell;
    this.speaker = new BgpSpeaker(runtime, this::happened);
  }

  /**
   * A speaker that is not started; it listens already, and nobody is let in.
   *
   * @param listen where neighbors may connect to; none where we dial all of them
   * @param neighbors whom it speaks with
   * @param farewell what neighbors are told when {@link #withdrawAll} is done (RFC 9003); at most
   *     255 octets of UTF-8
   * @throws IOException when an address of {@code listen} cannot be bound
   */
  public static EmbeddedSpeaker open(
      List<InetSocketAddress> listen, List<Neighbor> neighbors, String farewell)
      throws IOException {
    BgpRuntime runtime = BgpRuntime.start("bgp-speaker");
    try {
      for (InetSocketAddress local : listen) {
        runtime.listen(local);
      }
    } catch (IOException e) {
      runtime.close();
      throw e;
    }
    return new EmbeddedSpeaker(runtime, neighbors, farewell);
  }

  @Override
  public void start(SpeakerListener newListener) {
    listener = newListener;
    runtime.execute(() -> newListener.happened(new SpeakerEvent.Synchronised(Rib.EMPTY, VERSION)));
    speaker.neighbors(neighbors);
  }

  /** From now on there are these neighbors; those that stay as they were are not touched. */
  public void neighbors(List<Neighbor> newNeighbors) {
    neighbors = List.copyOf(newNeighbors);
    if (listener != null) {
      speaker.neighbors(neighbors);
    }
  }

  @Override
  public void apply(RibUpdate update) {
    speaker.apply(update.target(), update.changes());
  }

  @Override
  public CompletionStage<Boolean> withdrawAll(Duration bound) {
    // The last word before anybody hears of it: the process may end as soon as they do.
    return speaker
        .withdrawAll(bound)
        .thenCompose(all -> speaker.stop(farewell).thenApply(nothing -> all));
  }

  /** The paths that neighbors announce for our prefixes, where their configuration keeps them. */
  public CompletionStage<List<HeardPath>> heardPaths() {
    return speaker.heardPaths();
  }

  /**
   * Ends the sessions, and the routes with them unless graceful restart is agreed: there is no
   * other process that could keep them. Idempotent.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    speaker.close();
    runtime.close();
  }

  private void happened(BgpSpeakerEvent event) {
    SpeakerListener to = listener;
    if (to == null) {
      return;
    }
    if (event instanceof BgpSpeakerEvent.SessionUp up) {
      to.happened(new SpeakerEvent.SessionUp(up.neighbor()));
    } else if (event instanceof BgpSpeakerEvent.SessionDown down) {
      to.happened(new SpeakerEvent.SessionDown(down.neighbor(), down.reason()));
    } else if (event instanceof BgpSpeakerEvent.Delivered delivered) {
      to.happened(new SpeakerEvent.Acknowledged(delivered.change()));
    } else if (event instanceof BgpSpeakerEvent.Refused refused) {
      to.happened(new SpeakerEvent.Rejected(refused.change(), refused.reason()));
    } else if (event instanceof BgpSpeakerEvent.Untold untold) {
      to.happened(new SpeakerEvent.Notice(EXPORT_NOTICE + untold.neighbor(), untold.text()));
    }
  }
}

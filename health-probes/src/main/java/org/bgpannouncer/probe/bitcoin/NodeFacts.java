package org.bgpannouncer.probe.bitcoin;

import java.util.ArrayList;
import java.util.List;

/**
 * What one probe of a node learned and another needs; one instance per host, confined to the host's
 * loop. Everything starts as "not known".
 */
public final class NodeFacts {
  private boolean inboundFull;
  private boolean inboundCounted;
  private final List<Runnable> tipListeners = new ArrayList<>();
  private List<Notifier> notifiers = List.of();
  private boolean notifiersKnown;

  /**
   * One line of {@code getzmqnotifications}.
   *
   * @param topic without the {@code pub} in front, e.g. {@code hashblock}
   * @param address as the node prints it, e.g. {@code tcp://0.0.0.0:28332}
   */
  public record Notifier(String topic, String address) {}

  /** Creates facts of which none is known. */
  public NodeFacts() {}

  /**
   * Whether the node's inbound slots are (nearly) full, so that every accept evicts a real peer.
   */
  public boolean inboundFull() {
    return inboundFull;
  }

  /** Set by RPC ({@code connections_in}) and by P2P (an accept that evicted or was refused). */
  public void inboundFull(boolean full) {
    this.inboundFull = full;
  }

  /** Whether RPC counts the inbound peers, so that slots are known to be free unless full. */
  public boolean inboundCounted() {
    return inboundCounted;
  }

  /** Set by RPC: whether the node told {@code connections_in}. */
  public void inboundCounted(boolean counted) {
    this.inboundCounted = counted;
  }

  /** The notifiers the node has; empty also while they are not known. */
  public List<Notifier> notifiers() {
    return notifiers;
  }

  /** Whether the node answered {@code getzmqnotifications} at all. */
  public boolean notifiersKnown() {
    return notifiersKnown;
  }

  /** Set by RPC. */
  public void notifiers(List<Notifier> found) {
    this.notifiers = List.copyOf(found);
    this.notifiersKnown = true;
  }

  /** Calls {@code listener} whenever RPC saw another tip than before. */
  public void onTipChange(Runnable listener) {
    tipListeners.add(listener);
  }

  /**
   * Called by RPC when the best block hash changed, but not during the initial block download: the
   * node notifies of no block then.
   */
  public void tipChanged() {
    tipListeners.forEach(Runnable::run);
  }
}

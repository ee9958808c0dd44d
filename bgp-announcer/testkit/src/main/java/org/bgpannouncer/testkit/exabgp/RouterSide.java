package org.bgpannouncer.testkit.exabgp;

/** Hears each change of what ExaBGP has told its router. */
interface RouterSide {
  /** Nobody listens. */
  RouterSide NONE =
      new RouterSide() {
        @Override
        public void announced(String prefix, String attributes) {}

        @Override
        public void withdrawn(String prefix) {}
      };

  /**
   * The prefix is reachable, or differently so.
   *
   * @param attributes next hop and attributes as they were written to ExaBGP
   */
  void announced(String prefix, String attributes);

  /** A prefix that was announced is reachable no more. */
  void withdrawn(String prefix);
}

package org.bgpannouncer.testkit.exabgp;

/** Hears each change of what ExaBGP has told its router. */
interface RouterSide {
  /** Nobody listens. */
  RouterSide NONE =
      new RouterSide() {
        @Override
        public void announced(String path, String attributes) {}

        @Override
        public void withdrawn(String path) {}
      };

  /**
   * A path leads to its prefix, or differently so.
   *
   * @param path the prefix, and the {@code path-information} behind it
   * @param attributes next hop and attributes as they were written to ExaBGP
   */
  void announced(String path, String attributes);

  /** A path that was announced leads nowhere any more. */
  void withdrawn(String path);
}

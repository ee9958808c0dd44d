package org.bgpannouncer.speaker.exabgp;

import java.util.Collection;
import java.util.OptionalLong;

/**
 * The neighbours that are told of a route in the same words.
 *
 * @param selector what stands before the command; empty: all of ours are meant
 * @param ownAs what eBGP would put in front itself: a given AS path replaces it, so it must be part
 *     of it; empty towards neighbours in our own AS
 */
record Audience(String selector, OptionalLong ownAs) {
  static Audience all(OptionalLong ownAs) {
    return new Audience("", ownAs);
  }

  static Audience of(Collection<String> peers, OptionalLong ownAs) {
    return new Audience("neighbor " + String.join(" , neighbor ", peers) + " ", ownAs);
  }
}

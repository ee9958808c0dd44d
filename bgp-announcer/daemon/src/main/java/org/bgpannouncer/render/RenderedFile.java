package org.bgpannouncer.render;

/**
 * A file for one machine.
 *
 * @param machine its name; the router is {@code edge}
 * @param name such as {@code btc1.nft.conf}
 * @param text what stands in it
 */
public record RenderedFile(String machine, String name, String text) {}

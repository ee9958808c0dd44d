package org.bgpannouncer.render;

/**
 * A file for one machine.
 *
 * @param name such as {@code btc1.nft.conf}
 * @param text what stands in it
 */
public record RenderedFile(String name, String text) {}

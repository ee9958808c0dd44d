package org.bgpannouncer.probe.zmtp;

import io.netty.channel.ChannelPipeline;

/** Installs the two halves of the codec. */
public final class ZmtpCodec {
  private ZmtpCodec() {}

  /** Appends decoder and encoder to {@code pipeline}. */
  public static void addTo(ChannelPipeline pipeline, ZmtpLimits limits) {
    pipeline.addLast(new ZmtpDecoder(limits), new ZmtpEncoder());
  }
}

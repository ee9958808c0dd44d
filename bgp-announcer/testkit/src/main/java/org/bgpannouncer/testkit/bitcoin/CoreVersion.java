package org.bgpannouncer.testkit.bitcoin;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answers that differ from one major version of Bitcoin Core to the next, by its release notes:
 * {@code warnings} is a string before 28.0 and an array since; {@code time} is in {@code
 * getblockchaininfo} since 23.0 and {@code bits} and {@code target} since 29.0. {@link #BCOIN} is
 * another program: no {@code uptime}, no {@code getzmqnotifications}.
 */
public enum CoreVersion {
  /** 0.21.x. */
  V0_21(210200, "0.21.2"),
  /** 22.x: "Work queue depth exceeded" has become HTTP 503. */
  V22(220100, "22.1.0"),
  /** 23.x. */
  V23(230200, "23.2.0"),
  /** 24.x. */
  V24(240200, "24.2.0"),
  /** 25.x. */
  V25(250100, "25.1.0"),
  /** 26.x. */
  V26(260200, "26.2.0"),
  /** 27.x. */
  V27(270200, "27.2.0"),
  /** 28.x. */
  V28(280100, "28.1.0"),
  /** 29.x. */
  V29(290000, "29.0.0"),
  /** 30.x. */
  V30(300000, "30.0.0"),
  /** 31.x. */
  V31(310000, "31.0.0"),
  /** bcoin 1.0. */
  BCOIN(0, "1.0.2");

  private final int number;
  private final String text;

  CoreVersion(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /**
   * The replies of a synced node.
   *
   * @param chain e.g. {@code main}
   * @param blocks its height; headers are as high
   * @param bestBlockHash 64 hexadecimal digits
   */
  public Map<String, RpcReply> synced(String chain, int blocks, String bestBlockHash) {
    Map<String, RpcReply> replies = new LinkedHashMap<>();
    boolean core = this != BCOIN;
    replies.put("getblockchaininfo", blockchain(chain, blocks, blocks, bestBlockHash));
    replies.put("getnetworkinfo", new RpcReply.Result(network(core)));
    replies.put(
        "getmempoolinfo",
        new RpcReply.Result(core ? "{\"loaded\":true,\"size\":4711}" : "{\"size\":4711}"));
    if (core) {
      replies.put("uptime", new RpcReply.Result("86400"));
      replies.put("getzmqnotifications", new RpcReply.Result("[]"));
      replies.put("getindexinfo", new RpcReply.Result("{}"));
      replies.put(
          "getrpcinfo",
          new RpcReply.Result(
              "{\"active_commands\":[{\"method\":\"getrpcinfo\",\"duration\":5}]}"));
    }
    return replies;
  }

  /** {@code getblockchaininfo} of a node at {@code blocks} that knows {@code headers}. */
  public RpcReply blockchain(String chain, int blocks, int headers, String bestBlockHash) {
    String ibd = this == BCOIN ? "" : ",\"initialblockdownload\":false";
    String time = number >= 230000 ? ",\"time\":1700000000" : "";
    String bits = number >= 290000 ? ",\"bits\":\"17053894\",\"target\":\"00\"" : "";
    return new RpcReply.Result(
        ("{\"chain\":\"%s\",\"blocks\":%d,\"headers\":%d,\"bestblockhash\":\"%s\",\"difficulty\":1,"
                + "\"mediantime\":1700000000,\"verificationprogress\":0.99999,\"pruned\":false,"
                + "\"chainwork\":\"00\",\"size_on_disk\":600000000000%s%s%s%s}")
            .formatted(chain, blocks, headers, bestBlockHash, ibd, time, bits, warnings(true)));
  }

  private String network(boolean core) {
    return "{\"version\":%d,\"subversion\":\"/%s:%s/\",\"protocolversion\":70016%s%s}"
        .formatted(
            number,
            core ? "Satoshi" : "bcoin",
            text,
            core
                ? ",\"networkactive\":true,\"connections\":18,\"connections_in\":8,"
                    + "\"connections_out\":10"
                : ",\"connections\":18",
            warnings(core));
  }

  private String warnings(boolean has) {
    if (!has || this == BCOIN) {
      return "";
    }
    return number >= 280000 ? ",\"warnings\":[]" : ",\"warnings\":\"\"";
  }
}

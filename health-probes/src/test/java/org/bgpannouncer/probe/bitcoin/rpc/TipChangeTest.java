package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.chain;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.result;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the ZMQ probe is told, and holds against the node's notifications. */
final class TipChangeTest {
  private static final Duration A_FEW_ROUNDS = Duration.ofMinutes(2);

  @TempDir Path folder;

  private final AtomicInteger told = new AtomicInteger();

  @Test
  void tellsOfEachNewTipAndNotOfTheFirst() {
    RpcLab lab = lab(chain(900_000, 900_000, "aa"));
    assertThat(told).hasValue(0);
    lab.on("getblockchaininfo", result(chain(900_001, 900_001, "bb"))).run(A_FEW_ROUNDS);
    assertThat(told).hasValue(1);
    lab.on("getblockchaininfo", result(chain(900_001, 900_001, "cc"))).run(A_FEW_ROUNDS);
    assertThat(told).hasValue(2);
  }

  @Test
  void saysNothingDuringTheInitialDownloadWhenNoBlockIsNotified() {
    RpcLab lab = lab(downloading(100, "aa"));
    lab.on("getblockchaininfo", result(downloading(200, "bb"))).run(A_FEW_ROUNDS);
    lab.on("getblockchaininfo", result(downloading(300, "cc"))).run(A_FEW_ROUNDS);
    assertThat(told).hasValue(0);
  }

  private RpcLab lab(String firstChain) {
    RpcLab lab = new RpcLab(folder).on("getblockchaininfo", result(firstChain));
    lab.facts.onTipChange(told::incrementAndGet);
    return lab.start().run(A_FEW_ROUNDS);
  }

  private static String downloading(long blocks, String best) {
    return chain(blocks, blocks, best)
        .replace("\"initialblockdownload\":false", "\"initialblockdownload\":true");
  }
}

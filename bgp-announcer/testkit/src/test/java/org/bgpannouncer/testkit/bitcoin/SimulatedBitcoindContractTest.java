package org.bgpannouncer.testkit.bitcoin;

import java.net.InetSocketAddress;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/** The simulation keeps the contract. */
final class SimulatedBitcoindContractTest extends CoreContract {
  @Override
  BitcoindUnderTest open() {
    SimulatorLoop loop = new SimulatorLoop();
    SimulatedBitcoind simulated = SimulatedBitcoind.start(loop, "sim");
    SimulatedP2pServer witness = SimulatedP2pServer.start(loop, NodeIdentity.mainnet("witness"));
    return new BitcoindUnderTest() {
      @Override
      public InetSocketAddress p2p() {
        return simulated.p2p().address();
      }

      @Override
      public InetSocketAddress witness() {
        return witness.address();
      }

      @Override
      public BitcoinNetwork network() {
        return BitcoinNetwork.MAINNET;
      }

      @Override
      public String userAgent() {
        return "(sim)";
      }

      @Override
      public void kill() {
        witness.stopListening();
        simulated.die();
      }

      @Override
      public void stop() {
        simulated.pause();
      }

      @Override
      public void proceed() {
        simulated.resume();
      }

      @Override
      public void close() {
        simulated.close();
        witness.close();
        loop.close();
      }
    };
  }
}

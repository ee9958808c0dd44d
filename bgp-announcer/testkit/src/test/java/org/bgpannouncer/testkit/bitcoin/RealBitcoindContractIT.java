package org.bgpannouncer.testkit.bitcoin;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A real node keeps the contract: bitcoind of the family of Bitcoin Core on regtest. */
final class RealBitcoindContractIT extends CoreContract {
  @TempDir private Path folder;

  @Override
  BitcoindUnderTest open() throws Exception {
    return RealBitcoind.start(folder);
  }
}

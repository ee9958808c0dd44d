package org.bgpannouncer.testkit.bitcoin;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A real node keeps the contract: bcoin 1.0.2 on regtest. */
final class BitcoindContractIT extends BitcoindContract {
  @TempDir private Path folder;

  @Override
  BitcoindUnderTest open() throws Exception {
    return Bcoin.start(folder);
  }
}

package org.bgpannouncer.probe.bitcoin.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;

/** The question put to this machine's own kernel, which answers without a packet. */
final class BindTestTest {
  private final BindTest kernel = BindTest.ofKernel();

  @Test
  void theLoopbackAddressIsHeld() {
    assertThat(kernel.failureOf(VirtualNode.address(127, 0, 0, 1))).isEmpty();
  }

  // 127.0.0.0/8 is a local route: what AnyIP makes of any other prefix.
  @Test
  void anAddressOfALocalRouteIsHeldThoughNoInterfaceHasIt() {
    assertThat(kernel.failureOf(VirtualNode.address(127, 9, 8, 7))).isEmpty();
  }

  @Test
  void anAddressOfNobodyIsNotHeld() {
    assertThat(kernel.failureOf(VirtualNode.address(192, 0, 2, 13)))
        .hasValueSatisfying(
            failure -> {
              assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
              assertThat(failure.reason()).isEqualTo(Reason.LOCAL_ADDRESS);
            });
  }

  @Test
  void anotherFamilysAddressIsAskedForAsWell() throws UnknownHostException {
    byte[] documentation = new byte[16];
    documentation[0] = 0x20;
    documentation[1] = 0x01;
    documentation[2] = 0x0d;
    documentation[3] = (byte) 0xb8;

    assertThat(kernel.failureOf(InetAddress.getByAddress(documentation))).isPresent();
  }
}

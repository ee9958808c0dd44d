import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.engine.*;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.route.*;
import org.bgpannouncer.speaker.*;

/** Announces 192.0.2.0/24 while a bitcoind answers; run as it is (a dry run), it only says so. */
public class EmbeddedAnnouncer {
  static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  public static Announcer announcer(InetSocketAddress node, Speaker speaker) {
    P2pConfig p2p = P2pConfig.of(node, BitcoinNetwork.MAINNET);
    HostTarget target =
        new HostTarget("btc1", Optional.of(p2p), Optional.empty(), List.of(), List.of(), List.of());
    // Impatient, for an example: the first answer announces.
    HealthThresholds thresholds =
        new HealthThresholds(3, 1, Duration.ZERO, Duration.ofSeconds(120), Duration.ofSeconds(900));
    IpAddress address = IpAddress.of(node.getAddress());
    HostConfig host = new HostConfig("btc1", address, Optional.empty(), target, thresholds);
    ServiceConfig service =
        new ServiceConfig("bitcoin", Optional.empty(), Optional.empty(), List.of(PREFIX),
            new ServiceConfig.NextHopChoice.Self(), 1, List.of("btc1"), Set.of(Aspect.P2P), PathAttributes.NONE);
    SiteConfig site =
        new SiteConfig("A", 64496, List.of(AllowRule.exact(PREFIX)), List.of(), List.of(host), List.of(service),
            SiteConfig.DEFAULT_ADOPT_FOR, false);
    return Announcer.builder(site).speaker(speaker).listener(System.out::println).build();
  }

  public static void main(String[] arguments) throws IOException {
    try (Announcer announcer = announcer(new InetSocketAddress("127.0.0.1", 8333), new DryRunSpeaker())) {
      announcer.start();
      System.in.read(); // until Enter; closing withdraws
    }
  }
}

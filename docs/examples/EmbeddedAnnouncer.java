import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.tcp.TcpConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;

/** Announces 192.0.2.0/24 (a dry run: it only says so) while a TCP port answers. */
public class EmbeddedAnnouncer {
  public static Announcer announcer(InetSocketAddress port) {
    HostTarget target =
        new HostTarget(
            "web1", Optional.empty(), Optional.empty(), List.of(),
            List.of(new TcpConfig(port, Optional.empty(), Cadence.DEFAULT)), List.of());
    // Impatient, for an example: the first answer announces.
    HealthThresholds thresholds =
        new HealthThresholds(3, 1, Duration.ZERO, Duration.ofSeconds(120), Duration.ofSeconds(900));
    IpAddress address = IpAddress.of(port.getAddress());
    Prefix prefix = Prefix.parse("192.0.2.0/24");
    HostConfig host = new HostConfig("web1", address, Optional.empty(), target, thresholds);
    ServiceConfig service =
        new ServiceConfig(
            "web", Optional.empty(), Optional.empty(), List.of(prefix),
            new ServiceConfig.NextHopChoice.Self(), 1, List.of("web1"), Set.of(Aspect.TCP),
            PathAttributes.NONE);
    SiteConfig site =
        new SiteConfig(
            "A", 64496, List.of(AllowRule.exact(prefix)), Optional.empty(), List.of(host),
            List.of(service), SiteConfig.DEFAULT_ADOPT_FOR, true);
    return Announcer.builder(site).listener(System.out::println).build();
  }
}

package org.bgpannouncer.render;

import com.github.mustachejava.DefaultMustacheFactory;
import com.github.mustachejava.Mustache;
import com.github.mustachejava.MustacheException;
import com.github.mustachejava.MustacheFactory;
import com.github.mustachejava.reflect.ReflectionObjectHandler;
import com.github.mustachejava.util.Wrapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.engine.HostConfig;

/** Renders the templates of bird-templates/ for a site. Not thread-safe. */
public final class Renderer {
  private static final String TEMPLATES = "org/bgpannouncer/render/";

  private final MustacheFactory templates = new PlainTextFactory();

  /**
   * What {@code target} is for each of the site's machines that it is for.
   *
   * @throws IllegalArgumentException naming the key that the site file lacks for it
   */
  public List<RenderedFile> render(Target target, DaemonConfig site) {
    List<RenderedFile> files = new ArrayList<>();
    switch (target.machine()) {
      case HOST -> {
        List<RenderedFile> edge =
            site.deployment().router().map(router -> edge(target, site, router)).orElse(List.of());
        boolean pinned = !target.pins() || site.deployment().pinning().isPresent();
        if (!pinned && edge.isEmpty()) {
          throw missing("pinning", "{ interface, gateway }", target, site);
        }
        if (pinned) {
          Map<String, List<HostConfig>> machines = site.deployment().byMachine(site.site().hosts());
          machines.forEach((name, hosts) -> files.addAll(host(target, site, name, hosts)));
        }
        files.addAll(edge);
      }
      case ANNOUNCER -> {
        EdgeRouter router = router(target, site);
        if (site.deployment().announcers().isEmpty()) {
          throw missing("announcers", "[ { name, address } ]", target, site);
        }
        for (AnnouncerMachine machine : site.deployment().announcers()) {
          files.addAll(
              render(
                  target,
                  target.templates(Optional.empty()),
                  machine.name(),
                  RouterVariables.of(site, router, target, machine)));
        }
      }
      case ROUTER ->
          files.addAll(
              render(
                  target,
                  target.templates(Optional.empty()),
                  EdgeRouter.NAME,
                  RouterVariables.of(site, router(target, site), target)));
    }
    return files;
  }

  private List<RenderedFile> host(
      Target target, DaemonConfig site, String machine, List<HostConfig> hosts) {
    Deployment deployment = site.deployment();
    Optional<Method> method = deployment.method(hosts);
    if (target == Target.NETWORKD && method.equals(Optional.of(Method.NETNS))) {
      throw new IllegalArgumentException(
          "pinning.method: netns at site "
              + site.site().site()
              + " (expected: target iproute2, as systemd-networkd sets up no namespace)");
    }
    Map<String, Object> variables = HostVariables.of(site, machine, hosts);
    List<RenderedFile> files =
        new ArrayList<>(render(target, target.templates(method), machine, variables));
    if (target == Target.IPROUTE2 && method.equals(Optional.of(Method.UID))) {
      // ip takes the family of its rules as an option only.
      for (Map<String, Object> pin : PinVariables.pins(deployment, hosts)) {
        variables.putAll(pin);
        files.add(
            new RenderedFile(
                machine,
                machine + ".iproute2-rule" + pin.get("v") + ".batch",
                render("host/iproute2-rule.batch", variables)));
      }
    }
    return files;
  }

  /** What the router's kernel has to be told, beside what its routing daemon tells it. */
  private List<RenderedFile> edge(Target target, DaemonConfig site, EdgeRouter router) {
    List<RenderedFile> files = new ArrayList<>();
    switch (target) {
      case NFT -> {
        if (router.consistentHashing()) {
          files.add(edge("nft.conf", "nft.conf", RouterVariables.of(site, router, target)));
        }
      }
      case NETWORKD -> {
        if (!router.sources().isEmpty()) {
          files.add(edge("lo.network", "lo.network", RouterVariables.of(site, router, target)));
        }
      }
      case IPROUTE2 -> {
        if (!router.sources().isEmpty()) {
          files.add(
              edge("iproute2.batch", "iproute2.batch", RouterVariables.of(site, router, target)));
        }
        for (Map<String, Object> family : RouterVariables.hashedFamilies(site, router)) {
          files.add(
              edge("iproute2-rule.batch", "iproute2-rule" + family.get("v") + ".batch", family));
        }
      }
      default -> {}
    }
    return files;
  }

  private RenderedFile edge(String template, String suffix, Map<String, Object> variables) {
    return new RenderedFile(
        EdgeRouter.NAME, EdgeRouter.NAME + "." + suffix, render("router/" + template, variables));
  }

  private static EdgeRouter router(Target target, DaemonConfig site) {
    return site.deployment()
        .router()
        .orElseThrow(() -> missing("router", "{ router-id, lans }", target, site));
  }

  private static IllegalArgumentException missing(
      String key, String form, Target target, DaemonConfig site) {
    return new IllegalArgumentException(
        key
            + ": missing at site "
            + site.site().site()
            + " (expected: "
            + form
            + ", for target "
            + target
            + ")");
  }

  private List<RenderedFile> render(
      Target target, List<String> names, String machine, Map<String, Object> variables) {
    return names.stream()
        .map(
            name ->
                new RenderedFile(
                    machine, machine + "." + target.suffix(name), render(name, variables)))
        .toList();
  }

  private String render(String template, Map<String, Object> variables) {
    Mustache mustache = templates.compile(TEMPLATES + template + ".mustache");
    StringWriter text = new StringWriter();
    mustache.execute(text, variables);
    return text.toString();
  }

  /** Escapes nothing, as none of this is HTML, and knows no variable that was not given. */
  private static final class PlainTextFactory extends DefaultMustacheFactory {
    PlainTextFactory() {
      setObjectHandler(new KnownVariables());
    }

    @Override
    public void encode(String value, Writer writer) {
      try {
        writer.write(value);
      } catch (IOException e) {
        throw new MustacheException("write", e);
      }
    }
  }

  private static final class KnownVariables extends ReflectionObjectHandler {
    @Override
    public Wrapper find(String name, List<Object> scopes) {
      for (Object scope : scopes) {
        if (scope instanceof Map<?, ?> variables && variables.containsKey(name)) {
          return super.find(name, scopes);
        }
      }
      throw new MustacheException(
          "variable: " + name + " (expected: one of bird-templates/README.md)");
    }
  }
}

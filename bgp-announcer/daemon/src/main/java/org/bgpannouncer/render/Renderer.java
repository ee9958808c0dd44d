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
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.engine.HostConfig;

/** Renders the templates of bird-templates/ for a site. Not thread-safe. */
public final class Renderer {
  private static final String TEMPLATES = "org/bgpannouncer/render/host/";

  private final MustacheFactory templates = new PlainTextFactory();

  /**
   * What {@code target} is for each of {@code hosts}.
   *
   * @param hosts of that site
   * @throws IllegalArgumentException naming the key that the site file lacks for it
   */
  public List<RenderedFile> render(Target target, DaemonConfig site, List<HostConfig> hosts) {
    if (target.pins() && site.deployment().pinning().isEmpty()) {
      throw new IllegalArgumentException(
          "pinning: missing at site "
              + site.site().site()
              + " (expected: { interface, gateway }, for target "
              + target
              + ")");
    }
    List<RenderedFile> files = new ArrayList<>();
    for (HostConfig host : hosts) {
      Map<String, Object> variables = HostVariables.of(site, host);
      Optional<Method> method = site.deployment().pinning(host).map(Pinning::method);
      for (String template : target.templates(method)) {
        files.add(new RenderedFile(host.name() + "." + template, render(template, variables)));
      }
    }
    return files;
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
      throw new MustacheException("variable: " + name + " (expected: one in HostVariables)");
    }
  }
}

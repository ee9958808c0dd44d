package org.bgpannouncer.daemon.bench;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.exabgp.ExaBgpPipe;
import org.bgpannouncer.speaker.exabgp.ExaBgpSpeaker;

/**
 * ExaBGP's API process for the rows {@code bulk} and {@code urgent}: the daemon's own speaker, told
 * over a TCP connection what to wish. Argument: the port to connect to.
 *
 * <pre>
 * announce N    wishes 10.0.0.0/24 and the N - 1 prefixes behind it
 * add PREFIX    wishes one prefix more
 * remove PREFIX wishes it no more
 * clear         wishes nothing
 * </pre>
 *
 * <p>Each line is answered with the CLOCK_MONOTONIC nanoseconds of just before the wish was given
 * to the speaker. The first line, {@code ready}, says that the session is up.
 */
public final class WishProcess {
  private WishProcess() {}

  /** Runs until the connection ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int port = Integer.parseInt(arguments[0]);
    CountDownLatch up = new CountDownLatch(1);
    ExaBgpPipe pipe =
        ExaBgpPipe.of(
            new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
    try (ExaBgpSpeaker speaker = new ExaBgpSpeaker(pipe, Set.of());
        Socket control = new Socket(InetAddress.getLoopbackAddress(), port)) {
      speaker.start(
          event -> {
            if (event instanceof SpeakerEvent.SessionUp) {
              up.countDown();
            }
          });
      up.await();
      serve(speaker, control);
    }
  }

  private static void serve(ExaBgpSpeaker speaker, Socket control) throws IOException {
    control.setTcpNoDelay(true);
    OutputStream answers = control.getOutputStream();
    answers.write("ready\n".getBytes(StandardCharsets.US_ASCII));
    BufferedReader orders =
        new BufferedReader(
            new InputStreamReader(control.getInputStream(), StandardCharsets.US_ASCII));
    Rib target = Rib.EMPTY;
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      List<RouteChange> changes = changes(order, target);
      target = after(target, changes);
      RibUpdate update = new RibUpdate(target, changes);
      long nanos = System.nanoTime();
      speaker.apply(update);
      answers.write((nanos + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static Rib after(Rib target, List<RouteChange> changes) {
    Map<Prefix, Route> routes = new TreeMap<>(target.routes());
    for (RouteChange change : changes) {
      if (change instanceof RouteChange.Announce announce) {
        routes.put(change.prefix(), announce.route());
      } else {
        routes.remove(change.prefix());
      }
    }
    return Rib.of(routes.values());
  }

  private static List<RouteChange> changes(String order, Rib target) {
    String[] words = order.split(" ", -1);
    List<RouteChange> changes = new ArrayList<>();
    switch (words[0]) {
      case "announce" -> {
        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
          changes.add(announce(Prefix.parse("10." + i / 256 + "." + i % 256 + ".0/24")));
        }
      }
      case "add" -> changes.add(announce(Prefix.parse(words[1])));
      case "remove" -> changes.add(new RouteChange.Withdraw(Prefix.parse(words[1])));
      case "clear" ->
          target.routes().keySet().forEach(each -> changes.add(new RouteChange.Withdraw(each)));
      default ->
          throw new IllegalArgumentException(
              "order: " + order + " (expected: announce, add, remove or clear)");
    }
    return changes;
  }

  private static RouteChange announce(Prefix prefix) {
    return new RouteChange.Announce(new Route(prefix, NextHop.SELF, PathAttributes.NONE));
  }
}

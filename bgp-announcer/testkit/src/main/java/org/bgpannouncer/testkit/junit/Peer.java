package org.bgpannouncer.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;

/** What the {@link SimulatedPeer} of a parameter shall be; without it, AS 65000 on 127.0.0.1. */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface Peer {
  /** Its AS number. */
  long as() default SimulatedPeer.DEFAULT_AS;

  /** The AS number it expects; 0 accepts any. */
  long peerAs() default 0;

  /** Its BGP Identifier, an IPv4 address. */
  String routerId() default "192.0.2.254";

  /** Its hold time in seconds: 0, or 3 and more. */
  int holdTimeSeconds() default 90;

  /** Where it listens, or its source if it dials: an IPv4 or IPv6 address of this machine. */
  String address() default "";

  /** The port it listens on; 0 takes a free one. */
  int port() default 0;

  /** Whom it dials, {@code ADDRESS:PORT} or {@code [ADDRESS]:PORT}; empty: it listens. */
  String dials() default "";
}

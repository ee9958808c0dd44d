package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.bgp.Anomaly;
import org.bgpannouncer.bgp.AttributeType;
import org.bgpannouncer.bgp.AttributeType.ErrorAction;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 7606, attribute by attribute: a malformed one costs the route, rarely the session. */
class AttributeErrorTest {
  private static final String ORIGIN = "40010100";
  private static final String AS_PATH = "400206 0201 0000fbf0";
  private static final String NEXT_HOP = "400304 c6336401";
  private static final String MANDATORY = ORIGIN + AS_PATH + NEXT_HOP;
  private static final String PREFIX = "18c00002";
  private static final RouteChange WITHDRAW =
      new RouteChange.Withdraw(Prefix.parse("192.0.2.0/24"));

  @ParameterizedTest
  @CsvSource({
    // attributes; type, text
    "400101 03" + AS_PATH + NEXT_HOP + ", 1, ORIGIN origin: 3 (expected: 0 to 2)",
    "400102 0000" + AS_PATH + NEXT_HOP + ", 1, ORIGIN length: 2 (expected: 1)",
    "800101 00" + AS_PATH + NEXT_HOP + ", 1, attribute flags: 128 (expected: 64)",
    ORIGIN + "400202 0200" + NEXT_HOP + ", 2, AS_PATH segment length: 0 (expected: 1 to 255)",
    ORIGIN + "400206 0501 0000fbf0" + NEXT_HOP + ", 2, AS_PATH segment type: 5 (expected: 1 to 4)",
    ORIGIN
        + "400206 0202 0000fbf0"
        + NEXT_HOP
        + ", 2, AS_PATH segment length: 2 (expected: at"
        + " most 1)",
    ORIGIN + "400201 02" + NEXT_HOP + ", 2, AS_PATH segment header: 1 (expected: 2 octets)",
    ORIGIN
        + "400206 0201 00000000"
        + NEXT_HOP
        + ", 2, AS_PATH as-path: 0 (expected: 1 to"
        + " 4294967295)",
    ORIGIN + AS_PATH + "400303 c63364, 3, NEXT_HOP length: 3 (expected: 4)",
    MANDATORY + "800403 000064, 4, MULTI_EXIT_DISC length: 3 (expected: 4)",
    MANDATORY + "400505 0000000064, 5, LOCAL_PREF length: 5 (expected: 4)",
    MANDATORY + "c00803 fbf000, 8, COMMUNITIES length: 3 (expected: a multiple of 4)",
    MANDATORY + "c00800, 8, COMMUNITIES length: 0 (expected: a multiple of 4)",
    MANDATORY + "800903 c00002, 9, ORIGINATOR_ID length: 3 (expected: 4)",
    MANDATORY + "800a00, 10, CLUSTER_LIST length: 0 (expected: a multiple of 4)",
    MANDATORY + "800a06 c00002010000, 10, CLUSTER_LIST length: 6 (expected: a multiple of 4)",
    MANDATORY + "c01000, 16, EXTENDED_COMMUNITIES length: 0 (expected: a multiple of 8)",
    MANDATORY
        + "c01009 000000000000000000, 16, EXTENDED_COMMUNITIES length: 9 (expected: a multiple of"
        + " 8)",
    MANDATORY + "c02305 0000fbf000, 35, ONLY_TO_CUSTOMER length: 5 (expected: 4)",
    MANDATORY + "802304 0000fbf0, 35, attribute flags: 128 (expected: 192)",
    MANDATORY + "c00904 c0000201, 9, attribute flags: 192 (expected: 128)",
    MANDATORY + "400708 0000fbf0 c0000201, 7, attribute flags: 64 (expected: 192)",
    MANDATORY + "c02000, 32, LARGE_COMMUNITIES length: 0 (expected: a multiple of 12)",
    MANDATORY + "c02004 0000fbf0, 32, LARGE_COMMUNITIES length: 4 (expected: a multiple of 12)",
    MANDATORY + "406300, 99, attribute: 99 (expected: a well-known attribute)",
    MANDATORY + "8004, 0, attribute header: 2 (expected: 3 or more)",
    MANDATORY + "8004ff00, 4, attribute length: 255 (expected: at most 1)",
    MANDATORY + "9004ff, 4, attribute header: 3 (expected: 4)",
    AS_PATH + NEXT_HOP + ", 1, ORIGIN: missing (expected: present)",
    ORIGIN + NEXT_HOP + ", 2, AS_PATH: missing (expected: present)",
    ORIGIN + AS_PATH + ", 3, NEXT_HOP: missing (expected: present)",
  })
  void treatsTheRouteAsWithdrawn(String attributes, int type, String text) {
    UpdateMessage update = (UpdateMessage) Wire.decode(Wire.update("", attributes, PREFIX));
    assertThat(update.anomalies())
        .containsExactly(new Anomaly(type, ErrorAction.TREAT_AS_WITHDRAW, text));
    assertThat(update.changes()).containsExactly(WITHDRAW);
    assertThat(update.endOfRib()).isEmpty();
  }

  @Test
  void withdrawsIpv6RoutesToo() {
    String reach = "800e1c 000201 10 20010db8000000000000000000000001 00 3020010db80013";
    UpdateMessage update =
        (UpdateMessage) Wire.decode(Wire.update(PREFIX, "400101 07" + AS_PATH + reach, ""));
    assertThat(update.changes())
        .containsExactly(WITHDRAW, new RouteChange.Withdraw(Prefix.parse("2001:db8:13::/48")));
  }

  @ParameterizedTest
  @CsvSource({
    // attribute; type, text
    "40060100, 6, ATOMIC_AGGREGATE length: 1 (expected: 0)",
    "c00706 fbf0c0000201, 7, AGGREGATOR length: 6 (expected: 8)",
    "c00700, 7, AGGREGATOR length: 0 (expected: 8)",
    "c00708 00000000 c0000201, 7, AGGREGATOR aggregator: 0 (expected: 1 to 4294967295)",
    // From a peer that has four octets itself (RFC 6793 section 4.1).
    "c01106 0201 0000fbf0, 17, AS4_PATH: sent (expected: not by this peer)",
    "c01208 0000fbf0 c0000201, 18, AS4_AGGREGATOR: sent (expected: not by this peer)",
  })
  void discardsTheAttributeAndKeepsTheRoute(String attribute, int type, String text) {
    UpdateMessage update =
        (UpdateMessage) Wire.decode(Wire.update("", MANDATORY + attribute, PREFIX));
    assertThat(update.anomalies())
        .containsExactly(new Anomaly(type, ErrorAction.ATTRIBUTE_DISCARD, text));
    assertThat(update.changes()).hasOnlyElementsOfType(RouteChange.Announce.class).hasSize(1);
    assertThat(update.attributes()).extracting(PathAttribute::code).containsExactly(1, 2, 3);
  }

  @ParameterizedTest
  @CsvSource({
    // attribute; type, name
    "400504 00000064, 5, LOCAL_PREF",
    "400503 000064, 5, LOCAL_PREF",
    "c00504 00000064, 5, LOCAL_PREF",
    "800904 c0000201, 9, ORIGINATOR_ID",
    "800903 c00002, 9, ORIGINATOR_ID",
    "800a04 c0000201, 10, CLUSTER_LIST",
    "800a00, 10, CLUSTER_LIST",
  })
  void discardsFromAnotherAsWhatIsForPeersWithinOne(String attribute, int type, String name) {
    byte[] octets = Wire.update("", MANDATORY + attribute, PREFIX);
    UpdateMessage update = (UpdateMessage) Wire.decode(octets, Wire.FOUR_OCTET.withExternal(true));
    assertThat(update.anomalies())
        .containsExactly(
            new Anomaly(
                type, ErrorAction.ATTRIBUTE_DISCARD, name + ": sent (expected: not by this peer)"));
    assertThat(update.changes()).hasOnlyElementsOfType(RouteChange.Announce.class).hasSize(1);
    assertThat(update.attributes()).extracting(PathAttribute::code).containsExactly(1, 2, 3);
  }

  @Test
  void keepsFromTheOwnAsWhatIsForPeersWithinOne() {
    String own = "400504 00000064" + "800904 c0000201" + "800a04 c0000201";
    UpdateMessage update = (UpdateMessage) Wire.decode(Wire.update("", MANDATORY + own, PREFIX));
    assertThat(update.anomalies()).isEmpty();
    assertThat(update.attributes()).extracting(PathAttribute::code).endsWith(5, 9, 10);
  }

  /** A row that no test has is a row that somebody has forgotten. */
  @Test
  void everyRowOfTheTableIsTried() {
    String sources =
        Stream.of(AttributeErrorTest.class.getDeclaredMethods(), As4Test.class.getDeclaredMethods())
            .flatMap(Stream::of)
            .map(method -> method.getAnnotation(CsvSource.class))
            .filter(Objects::nonNull)
            .flatMap(source -> Stream.of(source.value()))
            .collect(Collectors.joining("\n"));
    assertThat(AttributeType.values())
        .allSatisfy(type -> assertThat(sources).containsPattern(type + " (segment )?length: "));
  }

  @Test
  void withdrawsThePathsOfTheRouteAndNotOthers() {
    UpdateMessage update =
        (UpdateMessage)
            Wire.decode(
                Wire.update("", "400101 03" + AS_PATH + NEXT_HOP, "00000007" + PREFIX),
                Sample.ADD_PATH);
    assertThat(update.changes())
        .containsExactly(new RouteChange.Withdraw(Sample.path("192.0.2.0/24", 7)));
  }

  @ParameterizedTest
  @CsvSource({
    // next hop, agreed; whether it is read
    "04 c6336401, false, true",
    "04 c6336401, true, true",
    "10 20010db8000000000000000000000001, true, true",
    "20 20010db8000000000000000000000001fe800000000000000000000000000001, true, true",
    "10 20010db8000000000000000000000001, false, false",
    "08 20010db800000000, true, false",
  })
  void readsAnIpv6NextHopOfIpv4RoutesWhereItIsAgreed(
      String nextHop, boolean agreed, boolean isRead) {
    String value = "000101" + nextHop.replace(" ", "") + "00" + PREFIX;
    String reach = String.format("800e%02x", value.length() / 2) + value;
    byte[] octets = Wire.update("", ORIGIN + AS_PATH + reach, "");
    WireOptions options = Wire.FOUR_OCTET.withExtendedNextHop(agreed);
    if (isRead) {
      UpdateMessage update = (UpdateMessage) Wire.decode(octets, options);
      assertThat(update.changes()).hasOnlyElementsOfType(RouteChange.Announce.class).hasSize(1);
    } else {
      WireException refused =
          catchThrowableOfType(WireException.class, () -> Wire.decode(octets, options));
      assertThat(refused.notification().error()).contains(BgpError.OPTIONAL_ATTRIBUTE_ERROR);
    }
  }

  @Test
  void keepsTheFirstOfARepeatedAttribute() {
    UpdateMessage update =
        (UpdateMessage)
            Wire.decode(Wire.update("", MANDATORY + "80040400000001" + "80040400000002", PREFIX));
    assertThat(update.pathAttributes().med()).hasValue(1);
    assertThat(update.anomalies())
        .containsExactly(
            new Anomaly(
                4, ErrorAction.ATTRIBUTE_DISCARD, "attribute: 4 (expected: each code once)"));
  }

  @Test
  void carriesAnUnknownOptionalAttributeUnread() {
    UpdateMessage update =
        (UpdateMessage) Wire.decode(Wire.update("", MANDATORY + "e06302 cafe", PREFIX));
    assertThat(update.anomalies()).isEmpty();
    assertThat(update.attribute(PathAttribute.Other.class))
        .hasValueSatisfying(
            other -> {
              assertThat(other.code()).isEqualTo(99);
              assertThat(other.flags()).isEqualTo(0xe0);
              assertThat(other.value()).hasToString("cafe");
            });
  }

  @Test
  void carriesRoutesOfAnotherFamilyUnread() {
    UpdateMessage update = (UpdateMessage) Wire.decode(Wire.update("", "800f05 0001 80 cafe", ""));
    assertThat(update.anomalies()).isEmpty();
    assertThat(update.changes()).isEmpty();
    assertThat(update.endOfRib()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // attribute; error, text
    "800e04 00020110, MP_REACH_NLRI length: 4 (expected: 5 or more)",
    // What ExaBGP 4.2.21 sends for an IPv6 route with "next-hop self" on an IPv4 session.
    "800e10 000201 04 00000000 00 30 20010db80013, MP_REACH_NLRI next hop length: 4 (expected: 16"
        + " or 32)",
    "800e05 000201 10 00, MP_REACH_NLRI next hop length: 16 (expected: present)",
    "800e0a 000101 04 c6336401 00 21, MP_REACH_NLRI prefix length: 33 (expected: at most 0)",
    "800f02 0002, MP_UNREACH_NLRI length: 2 (expected: 3 or more)",
    "800f04 000201 81, MP_UNREACH_NLRI prefix length: 129 (expected: at most 0)",
  })
  void endsTheSessionWhereTheRoutesCannotBeTold(String attribute, String text) {
    byte[] octets = Wire.update("", ORIGIN + AS_PATH + attribute, "");
    WireException refused = catchThrowableOfType(WireException.class, () -> Wire.decode(octets));
    assertThat(refused).hasMessage(text);
    assertThat(refused.notification().error()).contains(BgpError.OPTIONAL_ATTRIBUTE_ERROR);
    assertThat(refused.notification().data()).hasToString(attribute.replace(" ", ""));
  }

  @Test
  void endsTheSessionOnTwoReachAttributes() {
    String unreach = "800f03 000201";
    byte[] octets = Wire.update("", unreach + unreach, "");
    WireException refused = catchThrowableOfType(WireException.class, () -> Wire.decode(octets));
    assertThat(refused.notification().error()).contains(BgpError.MALFORMED_ATTRIBUTE_LIST);
  }

  @ParameterizedTest
  @CsvSource({
    // withdrawn, attributes, NLRI; text
    "'', " + MANDATORY + "8004ff00, '', attribute length: 255 (expected: at most 1)",
    "'', " + MANDATORY + "8004, '', attribute header: 2 (expected: 3 or more)",
    "'', 400101 03" + AS_PATH + ", '', ORIGIN origin: 3 (expected: 0 to 2)",
    "'', 800f03 000201 9004ff, '', attribute header: 3 (expected: 4)",
    PREFIX + ", 8004ff00, '', attribute length: 255 (expected: at most 1)",
    // The NLRI field is intact, but the routes of the attribute are not.
    "'', " + MANDATORY + "800eff00, " + PREFIX + ", attribute length: 255 (expected: at most 1)",
    "'', " + MANDATORY + "900f00, " + PREFIX + ", attribute header: 3 (expected: 4)",
  })
  void endsTheSessionWhereRoutesMayStandUnread(
      String withdrawn, String attributes, String nlri, String text) {
    byte[] octets = Wire.update(withdrawn, attributes, nlri);
    WireException refused = catchThrowableOfType(WireException.class, () -> Wire.decode(octets));
    assertThat(refused).hasMessage(text);
    assertThat(refused.notification().error()).contains(BgpError.MALFORMED_ATTRIBUTE_LIST);
  }

  @Test
  void withdrawsWhatStandsBeforeAnOverrun() {
    String reach = "800e1c 000201 10 20010db8000000000000000000000001 00 3020010db80013";
    UpdateMessage update =
        (UpdateMessage) Wire.decode(Wire.update("", ORIGIN + AS_PATH + reach + "8004ff00", ""));
    assertThat(update.changes())
        .containsExactly(new RouteChange.Withdraw(Prefix.parse("2001:db8:13::/48")));
  }

  @Test
  void keepsTheSessionThoughAnUpdateWithoutRoutesIsAnomalous() {
    String unreach = "c00f0a 000201 3020010db80013";
    UpdateMessage flags = (UpdateMessage) Wire.decode(Wire.update("", unreach, ""));
    assertThat(flags.changes())
        .containsExactly(new RouteChange.Withdraw(Prefix.parse("2001:db8:13::/48")));

    UpdateMessage discarded = (UpdateMessage) Wire.decode(Wire.update("", "40060100", ""));
    assertThat(discarded.anomalies()).hasSize(1);
    assertThat(discarded.changes()).isEmpty();
  }
}

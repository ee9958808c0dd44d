package org.bgpannouncer.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\0",
        "\t",
        "\n",
        "\r",
        "\u001b",
        "\u007f", // C0
        "\u0085",
        "\u009b",
        "\u009d", // C1: next line, CSI, OSC
        "\u200b",
        "\u202e",
        "\u2066",
        "\ufeff", // hidden and reordering
        "\u2028",
        "\u2029" // line ends
      })
  void whatMovesACursorOrHidesTextIsShown(String hostile) {
    assertThat(PlainText.of("a" + hostile + "31mb")).isEqualTo("a?31mb");
  }

  @Test
  void wordsOfAllLanguagesStay() {
    assertThat(PlainText.of("/Satoshi:28.1.0/ Gr\u00fcezi \u65e5\u672c \ud83d\ude80"))
        .isEqualTo("/Satoshi:28.1.0/ Gr\u00fcezi \u65e5\u672c \ud83d\ude80");
  }
}

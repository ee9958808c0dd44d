package org.bgpannouncer.config;

import java.nio.file.Path;
import java.util.Optional;

/** {@code speaker}. */
final class SpeakerReader {
  private enum Type {
    EXABGP,
    EXABGP_FIFO
  }

  private static final Key<Type> TYPE =
      new Key<>(
          "type",
          "exabgp or exabgp-fifo; embedded and bird are not in this version",
          Key.REQUIRED,
          SpeakerReader::type);
  private static final Key<Path> IN = Key.file("in").withDefault("/run/exabgp/exabgp.in");
  private static final Key<Path> OUT = Key.file("out").withDefault("/run/exabgp/exabgp.out");

  static final KeyGroup KEYS = KeyGroup.of("speaker", TYPE, IN, OUT);

  private SpeakerReader() {}

  static Optional<SpeakerConfig> read(Section section) {
    Optional<Type> type = section.value(TYPE);
    Path in = section.value(IN, Path.of(IN.fallback()));
    Path out = section.value(OUT, Path.of(OUT.fallback()));
    if (type.isPresent() && type.get() == Type.EXABGP) {
      for (Key<?> fifoOnly : new Key<?>[] {IN, OUT}) {
        if (section.has(fifoOnly)) {
          section.reject(fifoOnly, "given", "only with type: exabgp-fifo");
        }
      }
    }
    return type.map(
        found ->
            switch (found) {
              case EXABGP -> new SpeakerConfig.ExaBgpPipe();
              case EXABGP_FIFO -> new SpeakerConfig.ExaBgpFifo(in, out);
            });
  }

  private static Type type(String text) {
    return switch (text) {
      case "exabgp" -> Type.EXABGP;
      case "exabgp-fifo" -> Type.EXABGP_FIFO;
      default -> throw new IllegalArgumentException();
    };
  }
}

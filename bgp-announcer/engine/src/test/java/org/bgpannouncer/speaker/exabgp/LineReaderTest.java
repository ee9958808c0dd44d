package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LineReaderTest {
  /** What one read of a LineReader asks for at most. */
  private static final int BUFFER = 1 << 16;

  @Test
  void linesAreTheSameHoweverTheStreamIsCut() throws IOException {
    byte[] bytes = bytes("exabgp 4.2.21\n\ndone\n{ \"peer\": \"Zürich\" }\n");
    List<String> expected = List.of("exabgp 4.2.21", "", "done", "{ \"peer\": \"Zürich\" }");
    for (int cut = 0; cut <= bytes.length; cut++) {
      InputStream first = new ByteArrayInputStream(bytes, 0, cut);
      InputStream second = new ByteArrayInputStream(bytes, cut, bytes.length - cut);
      assertThat(read(new SequenceInputStream(first, second)))
          .as("cut at " + cut)
          .isEqualTo(expected);
    }
    assertThat(read(new OneByteARead(bytes))).isEqualTo(expected);
  }

  @Test
  void aLineMayEndBeforeAtAndBehindTheEdgeOfTheBuffer() throws IOException {
    for (int length = BUFFER - 2; length <= BUFFER + 1; length++) {
      String line = "x".repeat(length);
      assertThat(read(line + "\ndone\n")).containsExactly(line, "done");
    }
  }

  @Test
  void aLineOfTheLimitIsReadAndOneByteMoreIsSkippedButNotTheNext() throws IOException {
    String longest = "x".repeat(LineReader.MAX_LINE_BYTES);
    assertThat(read(longest + "\ndone\n")).containsExactly(longest, "done");
    assertThat(read(longest + "y\ndone\n")).containsExactly("done");
    assertThat(read(longest + longest + longest + "\n" + longest + "\n")).containsExactly(longest);
    assertThat(read(longest + "y\n" + longest + "y\n\n")).containsExactly("");
  }

  @Test
  void theLimitIsOfBytesAndNotOfCharacters() throws IOException {
    String line = "ü".repeat(LineReader.MAX_LINE_BYTES / 2);
    assertThat(read(line + "\n" + line + "x\ndone\n")).containsExactly(line, "done");
  }

  @Test
  void whatTheEndCutsOffIsNoLine() throws IOException {
    assertThat(read("")).isEmpty();
    assertThat(read("done\nwithdraw rou")).containsExactly("done");
    assertThat(read("x".repeat(LineReader.MAX_LINE_BYTES + 1))).isEmpty();
  }

  @Test
  void aCarriageReturnIsPartOfTheLine() throws IOException {
    assertThat(read("done\r\nerror\r\n")).containsExactly("done\r", "error\r");
  }

  @Test
  void bytesThatAreNotUtf8AreReplacedAndHarmNoOtherLine() throws IOException {
    byte[] bytes = {'a', (byte) 0xff, 'b', 0, '\n', (byte) 0xc3, '\n', 'd', 'o', 'n', 'e', '\n'};
    assertThat(read(new ByteArrayInputStream(bytes)))
        .containsExactly("a\ufffdb\0", "\ufffd", "done");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> read(String text) throws IOException {
    return read(new ByteArrayInputStream(bytes(text)));
  }

  private static List<String> read(InputStream in) throws IOException {
    LineReader reader = new LineReader(in);
    List<String> lines = new ArrayList<>();
    for (@Nullable String line = reader.next(); line != null; line = reader.next()) {
      lines.add(line);
    }
    assertThat(reader.next()).as("after the end").isNull();
    return lines;
  }

  /** A stream that hands out one byte a read, as a slow pipe does. */
  private static final class OneByteARead extends ByteArrayInputStream {
    OneByteARead(byte[] bytes) {
      super(Arrays.copyOf(bytes, bytes.length));
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      return super.read(into, offset, Math.min(length, 1));
    }
  }
}

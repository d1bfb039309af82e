package dev.rollbook.serve;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Messages with bytes changed, lost, doubled and put in: the same ones for the same seed. */
final class Mutations {

  private static final String PIECES = "{}[]\",:\\0eE-+.null\u0000\u00ff\u00c0";

  private final Random random;

  Mutations(long seed) {
    random = new Random(seed);
  }

  byte[] of(byte[] seed) {
    byte[] body = seed.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(body.length);
      int length = Math.min(random.nextInt(12), body.length - at);
      switch (random.nextInt(4)) {
        case 0 -> body[at] = piece();
        case 1 ->
            body =
                joined(Arrays.copyOf(body, at), Arrays.copyOfRange(body, at + length, body.length));
        case 2 ->
            body =
                joined(Arrays.copyOf(body, at + length), Arrays.copyOfRange(body, at, body.length));
        default ->
            body =
                joined(
                    joined(Arrays.copyOf(body, at), new byte[] {piece()}),
                    Arrays.copyOfRange(body, at, body.length));
      }
    }
    return body;
  }

  private byte piece() {
    return PIECES.getBytes(StandardCharsets.ISO_8859_1)[random.nextInt(PIECES.length())];
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }
}

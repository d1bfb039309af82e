package dev.rollbook.escalation;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;

/** By which a receiver knows that a request is ours, and when it was sent. */
final class Signature {

  private Signature() {}

  /** {@code t=1785000000,v1=…}: HMAC-SHA-256 over the seconds, a dot and the body. */
  static String of(String key, byte[] body, Instant at) {
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes((at.getEpochSecond() + ".").getBytes(StandardCharsets.US_ASCII));
    signed.writeBytes(body);
    return "t="
        + at.getEpochSecond()
        + ",v1="
        + HexFormat.of().formatHex(Digest.hmac(key, signed.toByteArray()));
  }
}

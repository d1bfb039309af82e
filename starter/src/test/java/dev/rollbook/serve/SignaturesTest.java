package dev.rollbook.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Secret;
import dev.rollbook.catalog.ServeSettings;
import dev.rollbook.catalog.ServeSettings.Limits;
import dev.rollbook.catalog.ServeSettings.Signature;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages that a Grafana has signed, or somebody else. */
@Timeout(180)
class SignaturesTest {

  private static final String KEY = "a-secret-of-both-sides";
  private static final String WHEN = "X-Grafana-Alerting-Timestamp";

  @TempDir Path folder;

  private Served served(Optional<String> timestamp) throws Exception {
    Secret secret =
        new Secret("file:" + Files.writeString(folder.resolve("secret"), KEY), Map.of());
    return new Served(
        folder,
        new ServeSettings(
            "127.0.0.1",
            0,
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            Map.of(),
            Optional.of(new Signature(secret, timestamp)),
            Limits.USUAL));
  }

  private static String signed(String key, String before, byte[] body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    mac.update(before.getBytes(StandardCharsets.UTF_8));
    return Signatures.HEADER + ": " + HexFormat.of().formatHex(mac.doFinal(body));
  }

  @Test
  void what_is_signed_must_be_as_it_was_signed() throws Exception {
    byte[] body = Served.fixture("firing-single");
    byte[] other = Served.fixture("firing-mtls");
    String signature = signed(KEY, "", body);
    try (Served served = served(Optional.empty())) {
      assertThat(served.post(body, signature).status()).isEqualTo(200);
      assertThat(served.post(body).status()).as("an Alertmanager signs nothing").isEqualTo(200);
      int taken = served.intake.taken.size();

      assertThat(served.post(other, signature).status()).isEqualTo(401);
      assertThat(served.post(body, signed("another-secret-altogether", "", body)).status())
          .isEqualTo(401);
      assertThat(served.post(body, signature, signature).status()).isEqualTo(401);
      assertThat(served.post(body, Signatures.HEADER + ": none").status()).isEqualTo(401);
      assertThat(served.post(body, Signatures.HEADER + ":").status()).isEqualTo(401);
      Files.delete(folder.resolve("secret"));
      assertThat(served.post(body, signature).status()).isEqualTo(401);
      assertThat(served.intake.taken).hasSize(taken);
    }
  }

  @Test
  void a_signature_with_a_time_is_good_for_some_minutes() throws Exception {
    long now = Instant.now().getEpochSecond();
    try (Served served = served(Optional.of(WHEN))) {
      assertThat(statusAt(served, now, now)).isEqualTo(200);
      assertThat(statusAt(served, now - 240, now - 240)).isEqualTo(200);
      assertThat(statusAt(served, now - 360, now - 360)).isEqualTo(401);
      assertThat(statusAt(served, now + 360, now + 360)).isEqualTo(401);
      assertThat(statusAt(served, now - 360, now)).as("the time is signed").isEqualTo(401);
      byte[] body = Served.fixture("firing-single");
      assertThat(served.post(body, signed(KEY, "", body)).status()).as("no time").isEqualTo(401);
    }
  }

  private static int statusAt(Served served, long signedAt, long told) throws Exception {
    byte[] body = Served.fixture("firing-single");
    return served.post(body, WHEN + ": " + told, signed(KEY, signedAt + ":", body)).status();
  }
}

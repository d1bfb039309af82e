package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollbook.Secret;
import dev.rollbook.escalation.LinkToken.Claim;
import dev.rollbook.escalation.LinkToken.Key;
import dev.rollbook.escalation.LinkToken.Refused;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LinkTokenTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final String OLD = "an-old-key-of-thirty-two-letters";
  private static final String NEW = "a-new-key--of-thirty-two-letters";
  private static final Claim CLAIM =
      new Claim("plan-7", "w", "oncall", "oncall@example.com", "ack", NOW.getEpochSecond() + 60);

  private final LinkToken tokens = tokens(NOW, key("b", NEW), key("a", OLD));

  private static Key key(String id, String secret) {
    return new Key(id, new Secret("${env:K}", Map.of("K", secret)));
  }

  private static LinkToken tokens(Instant now, Key... keys) {
    return new LinkToken(List.of(keys), Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void says_what_it_was_made_for() throws Exception {
    assertThat(tokens.verify(tokens.issue(CLAIM))).isEqualTo(CLAIM);
    assertThat(tokens.issue(CLAIM)).startsWith("b.").matches("[A-Za-z0-9._-]+");
  }

  @Test
  void is_good_for_one_incident_and_one_deed_only() {
    assertThat(CLAIM.allows("ack", "plan-7")).isTrue();
    assertThat(CLAIM.allows("ack", "plan-8")).isFalse();
    assertThat(CLAIM.allows("approve", "plan-7")).isFalse();
    assertThat(CLAIM.allows("approve", null)).isFalse();
  }

  @Test
  void ends_at_its_second() throws Exception {
    String token = tokens.issue(CLAIM);

    assertThat(tokens(NOW.plusSeconds(59), key("b", NEW)).verify(token)).isEqualTo(CLAIM);
    assertThatThrownBy(() -> tokens(NOW.plusSeconds(60), key("b", NEW)).verify(token))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("expired")
        .hasMessageNotContaining(token);
  }

  @Test
  void no_letter_of_it_can_be_changed() {
    String token = tokens.issue(CLAIM);

    for (int i = 0; i < token.length() - 1; i++) {
      char other = token.charAt(i) == 'x' ? 'y' : 'x';
      String forged = token.substring(0, i) + other + token.substring(i + 1);
      assertThatThrownBy(() -> tokens.verify(forged)).as(forged).isInstanceOf(Refused.class);
    }
  }

  @Test
  void a_claim_of_ones_own_making_is_not_believed() {
    String[] parts = tokens.issue(CLAIM).split("\\.");
    String claim = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    String later = claim.replace("\"ack\"", "\"approve\"");
    String forged =
        parts[0]
            + "."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(later.getBytes(StandardCharsets.UTF_8))
            + "."
            + parts[2];

    assertThat(later).isNotEqualTo(claim);
    assertThatThrownBy(() -> tokens.verify(forged))
        .isInstanceOf(Refused.class)
        .hasMessage("this link was not made here, or was changed");
    assertThatThrownBy(() -> tokens.verify(tokens(NOW, key("b", OLD)).issue(CLAIM)))
        .isInstanceOf(Refused.class);
  }

  @Test
  void links_that_are_out_outlive_a_change_of_keys_until_the_old_one_goes() throws Exception {
    String old = tokens(NOW, key("a", OLD)).issue(CLAIM);

    assertThat(tokens.verify(old)).isEqualTo(CLAIM);
    assertThatThrownBy(() -> tokens(NOW, key("b", NEW)).verify(old))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no longer known");
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(strings = {".", "..", "b..", "b.x.y", "b.####.####", "b.e30", "a.b.c.d"})
  void anything_else_is_refused(String token) {
    assertThatThrownBy(() -> tokens.verify(token)).isInstanceOf(Refused.class);
    assertThatThrownBy(() -> tokens.verify("b." + "x".repeat(5000) + ".x"))
        .isInstanceOf(Refused.class);
  }

  @Test
  void a_key_that_can_be_guessed_makes_no_link_but_the_call_goes_out() {
    LinkToken weak = tokens(NOW, key("a", "short"));
    AckLinks links = links(weak);

    assertThatThrownBy(() -> weak.issue(CLAIM))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageNotContaining("short\"");
    Message message =
        new Messages(new Wording(Wording.Language.EN), Optional.of(links), Incidents.REDACTION)
            .of(Incidents.notice("oncall"));
    assertThat(message.links()).isEmpty();
    assertThat(message.answer()).contains("rollbook ack shopping-service -e production");
    assertThat(weak.toString()).isEqualTo("LinkToken [a]");
  }

  @Test
  void a_call_brings_a_link_for_its_own_level_and_recipient() throws Exception {
    Message message =
        new Messages(
                new Wording(Wording.Language.KO), Optional.of(links(tokens)), Incidents.REDACTION)
            .of(Incidents.notice("oncall@example.com"));

    assertThat(message.href(AckLinks.ACK))
        .startsWith("https://rollbook.example.com/base/ack?token=b.");
    assertThat(message.answer()).contains(message.href(AckLinks.ACK));
    Claim claim = tokens.verify(message.href(AckLinks.ACK).split("token=")[1]);
    assertThat(claim.allows(AckLinks.ACK, "plan-7")).isTrue();
    assertThat(claim.level()).isEqualTo("oncall");
    assertThat(claim.recipient()).isEqualTo("oncall@example.com");
    assertThat(claim.workflow()).isEqualTo("escalate:production:shopping-service");
    assertThat(claim.expires()).isEqualTo(NOW.plusSeconds(3600).getEpochSecond());
  }

  @Test
  void a_question_brings_a_link_for_each_word_until_it_is_too_late() throws Exception {
    Notice call = Incidents.notice("kim");
    Notice asks =
        new Notice(
            call.id(),
            call.incident(),
            "oncall",
            "On-Call Engineer",
            1,
            "pager",
            "kim",
            "rollback:production:shopping-service",
            NOW.plusSeconds(600),
            null);

    Message message =
        new Messages(
                new Wording(Wording.Language.EN), Optional.of(links(tokens)), Incidents.REDACTION)
            .of(asks);

    assertThat(message.href(AckLinks.ACK)).isNull();
    for (String deed : List.of("approve", "reject")) {
      String href = message.href(deed);
      assertThat(href).startsWith("https://rollbook.example.com/base/decide?token=b.");
      assertThat(message.answer()).contains("rollbook approve", "\n", href);
      Claim claim = tokens.verify(href.split("token=")[1]);
      assertThat(claim.allows(deed, "plan-7")).isTrue();
      assertThat(claim.expires()).isEqualTo(NOW.plusSeconds(600).getEpochSecond());
    }
  }

  private static AckLinks links(LinkToken tokens) {
    return new AckLinks(
        URI.create("https://rollbook.example.com/base"),
        tokens,
        Duration.ofHours(1),
        Clock.fixed(NOW, ZoneOffset.UTC));
  }
}

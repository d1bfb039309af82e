package dev.rollbook.escalation;

import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import dev.rollbook.escalation.Incident.Trouble;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What people are called for in tests. */
final class Incidents {

  static final String SECRET = "s3cr3t-of-the-shop";
  static final Map<String, String> ENVIRONMENT = Map.of("TOKEN", SECRET);

  /** A title as an alert may bring it: to break a header, wake a channel, turn the text round. */
  static final String HOSTILE =
      "down\r\nBcc: evil@example.com\n\n<!channel> <@U123> @here \u202Egpj.exe\u202C \u001b[2J {why}"
          + " <script>alert(1)</script> & *x*";

  static final Redaction REDACTION = new Redaction(List.of(secret("${env:TOKEN}")));

  private Incidents() {}

  static Secret secret(String text) {
    return new Secret(text, ENVIRONMENT);
  }

  static Incident incident() {
    return incident("rollback of shopping-service in production failed");
  }

  static Incident incident(String title) {
    return new Incident(
        "plan-7",
        "shopping-service",
        "production",
        title,
        "C3 failed: the image is missing; password=" + SECRET,
        Set.of(Trouble.ROLLBACK, Trouble.DATABASE),
        false,
        "rollback");
  }

  static Notice notice(String recipient) {
    return notice(incident(), recipient);
  }

  static Notice notice(Incident incident, String recipient) {
    return new Notice(
        "plan-7.oncall.1.pager.1",
        incident,
        "oncall",
        "On-Call Engineer",
        1,
        "pager",
        recipient,
        "escalate:production:shopping-service",
        null,
        null);
  }

  static Message message(Notice notice) {
    return new Messages(new Wording(Wording.Language.EN), Optional.empty(), REDACTION).of(notice);
  }
}

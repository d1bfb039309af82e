package dev.rollbook.serve;

import dev.rollbook.PlainText;
import dev.rollbook.decision.AlertWebhook;
import dev.rollbook.decision.BadMessage;
import dev.rollbook.decision.Became;
import dev.rollbook.decision.TemporalAway;
import org.eclipse.jetty.http.HttpHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /webhook/alertmanager}. */
final class Webhook {

  static final String PATH = "/webhook/alertmanager";

  /** They wait for Temporal; the other threads of the server go on answering. */
  static final int AT_ONCE = 100;

  private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);

  private final AlertWebhook alerts;
  private final Signatures signatures;
  private final Traffic traffic;

  Webhook(AlertWebhook alerts, Signatures signatures, Traffic traffic) {
    this.alerts = alerts;
    this.signatures = signatures;
    this.traffic = traffic;
  }

  Route route(int mostBytes) {
    return Route.post(
            PATH,
            false,
            new Route.Body(Reply.JSON, mostBytes),
            (request, body) ->
                signatures.refuses(request, body)
                    ? Reply.refused(401, "its signature is not right, or too old")
                        .with(HttpHeader.WWW_AUTHENTICATE.asString(), "Bearer realm=\"rollbook\"")
                    : answer(body))
        .waiting(AT_ONCE);
  }

  private Reply answer(byte[] body) {
    try {
      AlertWebhook.Answer answer = alerts.take(body);
      answer.notes().forEach(note -> LOG.warn("a message of alerts: {}", note));
      answer.alerts().forEach(Webhook::log);
      traffic.count(answer.alerts());
      return Reply.json(200, answer);
    } catch (BadMessage e) {
      String where = e.pointer() == null ? "" : e.pointer() + " ";
      LOG.warn("a message of alerts is refused: {}", line(where + e.getMessage()));
      return Reply.refused(e.status(), e.getMessage(), e.pointer());
    } catch (TemporalAway e) {
      LOG.warn("alerts are to be sent again: {} ({})", line(e.getMessage()), cause(e));
      return Reply.refused(503, "Temporal does not answer; send it again");
    }
  }

  /** One line each, whatever its sender wrote. */
  private static void log(Became alert) {
    LOG.info(
        "alert {} '{}' of {} in {}: {}, {}{}",
        line(alert.fingerprint()),
        line(alert.name()),
        line(alert.service()),
        line(alert.environment()),
        alert.what(),
        line(alert.why()),
        alert.notes().isEmpty() ? "" : " " + alert.notes());
  }

  private static String cause(TemporalAway away) {
    return away.getCause() == null ? "-" : line(away.getCause().toString());
  }

  private static String line(String text) {
    return text == null ? "-" : PlainText.of(text).replace('\n', ' ');
  }
}

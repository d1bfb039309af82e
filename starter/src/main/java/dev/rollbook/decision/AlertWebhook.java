package dev.rollbook.decision;

import java.util.List;
import java.util.stream.Stream;

/** From the bytes that an Alertmanager has posted to what became of each alert in them. */
public final class AlertWebhook {

  private final AlertReception reception;
  private final int mostAlerts;

  public AlertWebhook(AlertReception reception, int mostAlerts) {
    this.reception = reception;
    this.mostAlerts = mostAlerts;
  }

  /**
   * @param notes about the message as a whole
   */
  public record Answer(List<Became> alerts, List<String> notes) {}

  /**
   * @throws TemporalAway when it is to be sent again
   */
  public Answer take(byte[] body) throws BadMessage {
    AlertMessage message = AlertMessage.read(body, mostAlerts);
    return new Answer(reception.take(message), notes(message));
  }

  private static List<String> notes(AlertMessage message) {
    return Stream.of(
            message.isKnownVersion() ? "" : "its version is not 4; read as if it were",
            message.truncated() > 0
                ? "its sender has left out %d alerts: set max_alerts: 0"
                    .formatted(message.truncated())
                : "")
        .filter(note -> !note.isEmpty())
        .toList();
  }
}

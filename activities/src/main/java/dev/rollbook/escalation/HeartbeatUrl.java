package dev.rollbook.escalation;

import dev.rollbook.Heartbeat;
import dev.rollbook.Secret;
import dev.rollbook.verification.HttpQuestion;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A URL that is asked for, and whose silence somebody else notices. */
public final class HeartbeatUrl implements SignOfLife {

  private static final String TO = "escalation.heartbeat";

  private final Optional<Secret> url;
  private final Supplier<Heartbeat> heartbeat;
  private final Delivery delivery = new Delivery();

  /**
   * @param url empty when the catalog names none
   */
  public HeartbeatUrl(Optional<Secret> url, Supplier<Heartbeat> heartbeat) {
    this.url = url;
    this.heartbeat = heartbeat;
  }

  @Override
  public void give() {
    if (url.isPresent()) {
      Heartbeat beats = heartbeat.get();
      String revealed = Delivery.reveal(TO, url.get());
      delivery.ask(
          TO,
          HttpQuestion.get(Delivery.url(TO, url.get().toString(), revealed), Map.of()),
          () -> beats.beat("giving a sign of life"));
    }
  }
}

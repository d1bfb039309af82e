package dev.rollbook.crash;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.shop.LocalShop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Whom a shop calls: one person, over a channel that is gone and, since it is, over a webhook; and
 * a board of files. The webhook's receiver is real.
 */
final class OnCall implements AutoCloseable {

  private final Path folder;
  private final Receiver phone = new Receiver();

  private OnCall(Path folder) {
    this.folder = folder;
    listens();
  }

  void listens() {
    phone.answer(
        exchange ->
            Receiver.status(isGone(exchange.getRequestURI().getPath()) ? 410 : 200, "noted")
                .answer(exchange));
  }

  /** Takes a call, and says nothing to it. */
  void holdsTheLine() {
    CountDownLatch over = new CountDownLatch(1);
    phone.answer(
        exchange -> {
          if (isGone(exchange.getRequestURI().getPath())) {
            Receiver.status(410, "").answer(exchange);
          } else {
            silent(over);
          }
        });
  }

  private static void silent(CountDownLatch over) {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes the shop's catalog. */
  static OnCall of(LocalShop shop) throws IOException {
    OnCall onCall = new OnCall(shop.folder());
    Files.writeString(
        shop.writeCatalog(),
        """
        channels:
          gone: {type: webhook, url: "%s"}
          hook: {type: webhook, url: "%s"}
        roles:
          oncall: [kim]
        escalation:
          levels:
            - {role: oncall, notifyBy: 5m, ackWithin: 10m, repeat: {every: 10s, most: 20}}
        announcements:
          boards:
            page: {type: file, folder: status}
        """
            .formatted(onCall.phone.url("/gone"), onCall.phone.url("/hook")),
        StandardOpenOption.APPEND);
    return onCall;
  }

  private static boolean isGone(String path) {
    return path.equals("/gone");
  }

  /** What the webhook received, in order. */
  List<JsonNode> calls() {
    return phone.requests().stream()
        .filter(request -> !isGone(request.path()))
        .map(OnCall::checked)
        .toList();
  }

  private static JsonNode checked(Receiver.Request request) {
    try {
      JsonNode call = Payloads.mapper().readTree(request.body());
      String key = request.headers().getFirst("Idempotency-Key");
      if (!call.path("id").asText().equals(key)) {
        throw new AssertionError(key + " is not the id of " + call);
      }
      return call;
    } catch (IOException e) {
      throw new AssertionError(request.toString(), e);
    }
  }

  /** The newest incident on the board; missing while there is none. */
  JsonNode posted() throws IOException {
    Path page = folder.resolve("status/status.json");
    return Payloads.mapper()
        .readTree(Files.exists(page) ? Files.readString(page) : "{}")
        .at("/incidents/0");
  }

  @Override
  public void close() {
    phone.close();
  }
}

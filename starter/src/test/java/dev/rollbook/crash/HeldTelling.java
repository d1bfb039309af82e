package dev.rollbook.crash;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Payloads;
import dev.rollbook.escalation.Receiver;
import dev.rollbook.escalation.ScriptedMailServer;
import dev.rollbook.escalation.Statuspage;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A mail server, a chat and a status page of one environment. All three keep whoever tells them
 * something waiting at one moment, until that teller is gone.
 */
final class HeldTelling implements AutoCloseable {

  enum Moment {
    /** It is decided what is sent, and nobody has it. */
    DECIDED,
    /** They have it, and have not said so. */
    SENT,
    /** They have said so, and nobody has recorded it. */
    ANSWERED
  }

  private static final Set<String> ALL = Set.of("mail", "chat", "page");

  private final Moment moment;
  private final ScriptedMailServer mail = new ScriptedMailServer(this::mail);
  private final Receiver chat = new Receiver();
  private final Receiver pageServer = new Receiver();
  private final Statuspage page = new Statuspage();
  private final List<JsonNode> posts = new CopyOnWriteArrayList<>();
  private final Set<String> waiting = ConcurrentHashMap.newKeySet();
  private final CountDownLatch mayAnswer = new CountDownLatch(1);
  private final CountDownLatch tellerIsGone = new CountDownLatch(1);
  private volatile boolean mailIsAnswered;

  HeldTelling(Moment moment) throws IOException {
    this.moment = moment;
    chat.answer(
        exchange -> {
          at(Moment.DECIDED, "chat");
          posts.add(Payloads.mapper().readTree(newest(chat).body()));
          at(Moment.SENT, "chat");
          Receiver.status(200, "ok").answer(exchange);
        });
    page.whenChanged(exchange -> at(Moment.SENT, "page"));
    pageServer.answer(
        exchange -> {
          at(Moment.DECIDED, "page");
          page.answer(exchange, newest(pageServer).body());
        });
  }

  /** Its channel and boards, of the environment that is named after the moment. */
  String environment() {
    return moment.name().toLowerCase(Locale.ROOT);
  }

  int mailPort() {
    return mail.port();
  }

  String chatUrl() {
    return chat.url("/chat");
  }

  String pageUrl() {
    return pageServer.url("/v1");
  }

  /** Whether all three keep somebody waiting. */
  boolean isReached() {
    return waiting.containsAll(ALL);
  }

  /** Those that keep somebody waiting although they have it say so now. */
  void answer() {
    mayAnswer.countDown();
  }

  /** Whether the mail server's answer has been taken. */
  boolean isMailAnswered() {
    return mailIsAnswered;
  }

  /** Nobody is kept waiting any more. */
  void tellerIsGone() {
    tellerIsGone.countDown();
  }

  /** The Message-ID of each mail, in order. */
  List<String> mails() {
    return mail.heard().stream()
        .filter(line -> line.startsWith("Message-ID: "))
        .map(line -> line.substring("Message-ID: ".length()))
        .toList();
  }

  /** The last line of each post, in order: its key. */
  List<String> posts() {
    return posts.stream()
        .map(post -> post.path("text").asText())
        .map(text -> text.substring(text.lastIndexOf('\n') + 1))
        .toList();
  }

  /** How often each incident on the status page was written to. */
  List<Integer> incidents() {
    return page.incidents().stream()
        .map(incident -> incident.path("incident_updates").size())
        .toList();
  }

  private void mail(String command) throws IOException {
    switch (command) {
      case ScriptedMailServer.GREETING -> at(Moment.DECIDED, "mail");
      case ScriptedMailServer.DATA_END -> at(Moment.SENT, "mail");
      case ScriptedMailServer.GONE -> mailIsAnswered = true;
      default -> {}
    }
  }

  private void at(Moment here, String who) throws IOException {
    if (tellerIsGone.getCount() == 0) {
      return;
    }
    if (here == moment) {
      waiting.add(who);
      await(tellerIsGone);
      throw new IOException("there is nobody to answer any more");
    }
    if (here == Moment.SENT && moment == Moment.ANSWERED) {
      waiting.add(who);
      await(mayAnswer);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Receiver.Request newest(Receiver receiver) {
    return receiver.requests().get(receiver.requests().size() - 1);
  }

  @Override
  public void close() throws IOException {
    answer();
    tellerIsGone();
    mail.close();
    chat.close();
    pageServer.close();
  }
}

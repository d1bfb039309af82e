package dev.rollbook.shop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rollbook.Outcome;
import dev.rollbook.Payloads;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Receiver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A failed rollback whose people are hard to reach, each in another way; and a board too. */
@Timeout(300)
@Execution(ExecutionMode.CONCURRENT)
class TroubledChannelsIT {

  private static final String PEOPLE =
      """
      channels:
        busy: {type: webhook, url: "PHONE/busy"}
        closes: {type: webhook, url: "PHONE/closes"}
        later: {type: webhook, url: "PHONE/later"}
        hangs: {type: webhook, url: "PHONE/hangs"}
        works: {type: webhook, url: "PHONE/works"}
      roles:
        oncall: [kim]
        dba: [lee]
        infrastructure: [max]
        senior: [ada]
      escalation:
        levels:
          - {role: oncall, channels: [busy, works], repeat: {every: 30m, most: 1}}
          - {role: dba, channels: [closes, works], repeat: {every: 30m, most: 1}}
          - {role: infrastructure, channels: [later, works], repeat: {every: 30m, most: 1}}
          - {role: senior, channels: [hangs, works], repeat: {every: 30m, most: 1}}
      announcements:
        boards:
          board: {type: webhook, url: "PHONE/board"}
      """;

  private static final RollbackRequest REQUEST =
      RollbackRequest.of(LocalShop.SERVICE, LocalShop.ENVIRONMENT);

  @TempDir Path folder;

  private final CountDownLatch runIsOver = new CountDownLatch(1);

  @Test
  void hold_up_neither_the_stop_nor_anybody_who_can_be_reached() throws Exception {
    try (LocalShop shop = new LocalShop(folder)) {
      shop.release("v1", Map.of())
          .release("v2", Map.of("health", "DOWN"))
          .release("v3", Map.of("health", "DOWN"));
      Path catalog = shop.writeCatalog();
      Files.writeString(
          catalog, Files.readString(catalog).replace("every: 200ms, within: 10s", "within: 3s"));
      shop.deploy();
      Receiver phone = new Receiver();
      phone.answer(
          exchange -> {
            String path = exchange.getRequestURI().getPath();
            int nth = calls(phone, path).size();
            switch (path) {
              case "/busy" -> busy(nth).answer(exchange);
              case "/closes" -> exchange.close();
              case "/later" -> Receiver.status(429, "", "Retry-After", "300").answer(exchange);
              case "/works" -> Receiver.status(200, "noted").answer(exchange);
              default -> {
                await(runIsOver);
                Receiver.status(200, "noted").answer(exchange);
              }
            }
          });
      try (InProcessWorker worker = new InProcessWorker(folder, phone, PEOPLE)) {
        Run run = worker.run(REQUEST);

        assertThat(run.outcome()).as(run.reason()).isEqualTo(Outcome.STOPPED);
        Duration stoppedAfter = Duration.between(at(run, "A4"), at(run, "S1"));
        System.out.printf(
            "channels and a board that hang: stopped %.1f s after A4 failed%n",
            stoppedAfter.toMillis() / 1e3);
        assertThat(stoppedAfter).isLessThan(Duration.ofSeconds(15));
        assertThat(calls(phone, "/hangs")).as("on the wire all the time").hasSize(1);
        assertThat(calls(phone, "/board")).hasSize(1);

        runIsOver.countDown();
        Awaitility.await()
            .atMost(Duration.ofSeconds(120))
            .until(
                () -> {
                  worker.pass(Duration.ofSeconds(20));
                  return calls(phone, "/works").size() >= 2
                      && calls(phone, "/busy").size() >= 3
                      && answered(worker, "senior") != null
                      && answered(worker, "oncall") != null;
                });

        assertThat(calls(phone, "/busy")).hasSize(3);
        assertThat(ids(phone, "/busy")).as("of a call that is tried again").hasSize(1);
        Escalation escalation = worker.escalation(REQUEST).orElseThrow();
        assertThat(answered(worker, "oncall").at())
            .as("not before it was to be asked again")
            .isAfterOrEqualTo(escalation.startedAt().plusSeconds(40));
        assertThat(ids(phone, "/closes")).hasSize(1);
        assertThat(calls(phone, "/closes")).hasSizeGreaterThan(2);
        assertThat(ids(phone, "/later")).hasSize(1);
        assertThat(ids(phone, "/hangs")).hasSize(1);
        assertThat(calls(phone, "/works"))
            .extracting(call -> call.path("level").asText())
            .containsExactlyInAnyOrder("dba", "infrastructure");
        assertThat(calls(phone, "/works"))
            .allSatisfy(
                call ->
                    assertThat(call.at("/incident/why").asText())
                        .containsPattern("channel (closes|later) is broken"));
      }
    }
  }

  /** No luck, not yet, and then. */
  private static Receiver.Behaviour busy(int nth) {
    return switch (nth) {
      case 1 -> Receiver.status(500, "no luck");
      case 2 -> Receiver.status(429, "not yet", "Retry-After", "40");
      default -> Receiver.status(200, "noted");
    };
  }

  /** The call of the level that got through; null while there is none. */
  private static Call answered(InProcessWorker worker, String level) {
    return worker.escalation(REQUEST).orElseThrow().levels().stream()
        .filter(each -> each.level().equals(level))
        .flatMap(each -> each.calls().stream())
        .filter(call -> call.trouble() == null)
        .findFirst()
        .orElse(null);
  }

  private static List<JsonNode> calls(Receiver phone, String path) {
    return phone.requests().stream()
        .filter(request -> request.path().equals(path))
        .map(TroubledChannelsIT::json)
        .toList();
  }

  private static List<String> ids(Receiver phone, String path) {
    return calls(phone, path).stream().map(call -> call.path("id").asText()).distinct().toList();
  }

  private static JsonNode json(Receiver.Request request) {
    try {
      return Payloads.mapper().readTree(request.body());
    } catch (java.io.IOException e) {
      throw new AssertionError(request.toString(), e);
    }
  }

  private static java.time.Instant at(Run run, String id) {
    Step step = run.steps().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
    return step.endedAt();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(200, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

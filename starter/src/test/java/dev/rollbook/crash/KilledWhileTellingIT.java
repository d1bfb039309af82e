package dev.rollbook.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.crash.HeldTelling.Moment;
import dev.rollbook.engine.NeedsTemporal;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Escalation.Call;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Statuspage;
import dev.rollbook.shop.Rollbook;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker that is killed while it tells people and boards: before they have it, once they have it,
 * and once they have said so but Temporal does not know. Each moment in an environment of its own.
 */
@NeedsTemporal
@Timeout(300)
class KilledWhileTellingIT {

  private static final String NAMESPACE = "telling";

  @TempDir Path folder;
  @TempDir Path state;

  private final Map<Moment, HeldTelling> told = new EnumMap<>(Moment.class);
  private TemporalServer temporal;
  private WorkflowClient client;

  @BeforeEach
  void start() throws IOException {
    temporal = new TemporalServer(state, List.of(NAMESPACE));
    client = temporal.client(NAMESPACE);
    for (Moment moment : Moment.values()) {
      told.put(moment, new HeldTelling(moment));
    }
    writeCatalog();
  }

  @AfterEach
  void end() throws IOException {
    for (HeldTelling each : told.values()) {
      each.close();
    }
    temporal.close();
  }

  @Test
  void every_mail_and_every_board_has_it_and_what_came_twice_says_that_it_is_the_same()
      throws Exception {
    try (Wire wire = new Wire(temporal.address())) {
      Rollbook.Running worker = rollbook(wire.address()).worker();
      told.values().forEach(this::escalate);
      soon().until(() -> told.values().stream().allMatch(HeldTelling::isReached));
      wire.cut();
      told.get(Moment.ANSWERED).answer();
      soon().until(() -> told.get(Moment.ANSWERED).isMailAnswered() && isChatWrittenDown());
      worker.process().destroyForcibly().waitFor();
    }
    told.values().forEach(HeldTelling::tellerIsGone);

    Rollbook.Running next = rollbook(temporal.address()).worker();
    try {
      for (HeldTelling each : told.values()) {
        soon().until(() -> isRecorded(status(each)));
        assertThat(each.mails())
            .as(each.environment())
            .allMatch(mail -> mail.equals("<" + callOf(each).noticeId() + "@example.com>"));
        assertThat(each.posts().stream().distinct()).as(each.environment()).hasSize(1);
        assertThat(each.incidents())
            .as("%s: found again, and left alone", each.environment())
            .containsExactly(1);
      }
      assertThat(told.get(Moment.DECIDED).mails()).hasSize(1);
      assertThat(told.get(Moment.SENT).mails()).hasSizeGreaterThan(1);
      assertThat(told.get(Moment.ANSWERED).mails()).hasSizeGreaterThan(1);
      assertThat(told.get(Moment.DECIDED).posts()).hasSize(1);
      assertThat(told.get(Moment.SENT).posts()).hasSizeGreaterThan(1);
      assertThat(told.get(Moment.ANSWERED).posts()).as("it is written down").hasSize(1);
    } finally {
      next.process().destroyForcibly();
    }
  }

  /** That the chat has it, where no server is needed for it. */
  private boolean isChatWrittenDown() throws IOException {
    Path announced = folder.resolve(".rollbook/announced.jsonl");
    return Files.exists(announced) && Files.readString(announced).contains("\"chat-answered\"");
  }

  private static boolean isRecorded(Escalation escalation) {
    return escalation.levels().get(0).calls().size() == 1
        && escalation.notes().stream().anyMatch(note -> note.startsWith("announced INVESTIGATING"));
  }

  private Call callOf(HeldTelling each) {
    Call call = status(each).levels().get(0).calls().get(0);
    assertThat(call.trouble()).isNull();
    return call;
  }

  private Escalation status(HeldTelling each) {
    return client.newUntypedWorkflowStub(id(each)).query("status", Escalation.class);
  }

  private static String id(HeldTelling each) {
    return WorkflowIds.escalation("shop", each.environment());
  }

  private void escalate(HeldTelling each) {
    client
        .newUntypedWorkflowStub(
            "Escalate",
            WorkflowOptions.newBuilder()
                .setTaskQueue(TaskQueues.ROLLBOOK)
                .setWorkflowId(id(each))
                .build())
        .start(incident(each), null);
  }

  private static Incident incident(HeldTelling each) {
    return new Incident(
        "incident-" + each.environment(),
        "shop",
        each.environment(),
        "shop needs people",
        null,
        Set.of(),
        false,
        "kim");
  }

  private Rollbook rollbook(String address) {
    Rollbook rollbook =
        new Rollbook(folder)
            .with("TEMPORAL_ADDRESS", address)
            .with("TEMPORAL_NAMESPACE", NAMESPACE)
            .with("PAGE_KEY", Statuspage.KEY);
    told.values().forEach(each -> rollbook.with("CHAT_" + each.environment(), each.chatUrl()));
    return rollbook;
  }

  private void writeCatalog() throws IOException {
    Files.writeString(
        folder.resolve("rollbook.yaml"),
        """
        version: 1
        channels:
        %s
        roles:
          oncall: [kim@example.com]
        announcements:
          boards:
        %s
        services:
          shop:
            environments:
        %s
        """
            .formatted(
                each(
                    "  mail-%1$s: {type: email, host: 127.0.0.1, port: %2$d, tls: none, from: rollbook@example.com}"),
                each(
                    """
                        chat-%1$s: {type: slack, url: "${env:CHAT_%1$s}", environments: [%1$s]}
                        page-%1$s: {type: statuspage, page: p, key: "${env:PAGE_KEY}", url: "%3$s", environments: [%1$s]}
                    """),
                each(
                    """
                          %1$s:
                            kind: local
                            repository: shop
                            port: 8083
                            build: {command: [make]}
                            start: {command: [make, run]}
                            escalation: {levels: [{role: oncall, channels: [mail-%1$s], repeat: {every: 30m, most: 1}}]}
                    """)));
  }

  private String each(String lines) {
    return told.values().stream()
        .map(one -> lines.formatted(one.environment(), one.mailPort(), one.pageUrl()))
        .collect(Collectors.joining("\n"));
  }

  private static ConditionFactory soon() {
    return Awaitility.await().pollInterval(Duration.ofMillis(100)).atMost(Duration.ofSeconds(90));
  }
}

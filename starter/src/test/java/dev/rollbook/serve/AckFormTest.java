package dev.rollbook.serve;

import static dev.rollbook.serve.LinkedServer.issue;
import static dev.rollbook.serve.LinkedServer.token;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollbook.Abort;
import dev.rollbook.TaskQueues;
import dev.rollbook.WorkflowIds;
import dev.rollbook.escalation.AckLinks;
import dev.rollbook.escalation.Acknowledgement;
import dev.rollbook.escalation.Escalate;
import dev.rollbook.escalation.Escalation;
import dev.rollbook.escalation.Incident;
import dev.rollbook.escalation.Incident.Trouble;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The link in a real call of a real escalation, opened by scanners and by people. */
@Timeout(300)
class AckFormTest {

  @TempDir static Path folder;
  private static LinkedServer linked;

  @BeforeAll
  static void start() throws Exception {
    linked = new LinkedServer(folder, "first", "second", "third");
  }

  @AfterAll
  static void stop() {
    linked.close();
  }

  private static WorkflowStub escalate(String service) {
    Escalate escalate =
        linked
            .client()
            .newWorkflowStub(
                Escalate.class,
                WorkflowOptions.newBuilder()
                    .setTaskQueue(TaskQueues.ROLLBOOK)
                    .setWorkflowId(WorkflowIds.escalation(service, "production"))
                    .build());
    WorkflowStub.fromTyped(escalate).start(incident(service));
    return WorkflowStub.fromTyped(escalate);
  }

  private static Incident incident(String service) {
    return new Incident(
        "plan-of-" + service,
        service,
        "production",
        "rollback of " + service + " failed <script>",
        "C3 failed",
        Set.of(Trouble.ROLLBACK),
        false,
        "rollback");
  }

  private static URI link(String service) {
    return linked.link("link", "plan-of-" + service);
  }

  private static HttpResponse<String> get(URI link) throws Exception {
    return linked.get(link);
  }

  private static HttpResponse<String> press(String token, String note) throws Exception {
    return linked.press("/ack", token, note);
  }

  private static Escalation.Answer answer(WorkflowStub escalation) {
    return escalation.query("status", Escalation.class).levels().get(0).answer();
  }

  @Test
  void a_scanner_changes_nothing_and_a_person_answers_once() throws Exception {
    WorkflowStub escalation = escalate("first");
    URI link = link("first");

    HttpResponse<String> page = get(link);
    linked.head(link);

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body())
        .contains("rollback of first failed &lt;script&gt;", "kim &lt;b&gt;", "method=\"post\"")
        .doesNotContain("<script");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'");
    assertThat(page.headers().firstValue("Referrer-Policy")).contains("no-referrer");
    assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(answer(escalation)).isNull();

    HttpResponse<String> pressed = press(token(link), "on+my+way+%3Cb%3E");

    assertThat(pressed.statusCode()).as(pressed.body()).isEqualTo(200);
    assertThat(pressed.body()).contains("kim &lt;b&gt; has it", "on my way &lt;b&gt;");
    assertThat(answer(escalation).via()).isEqualTo("link");
    assertThat(answer(escalation).by()).isEqualTo("kim <b>");
    Instant first = answer(escalation).at();
    assertThat(press(token(link), "again").body()).contains("kim &lt;b&gt; has it", "on my way");
    assertThat(get(link).body()).contains("has it").doesNotContain("<form");
    assertThat(answer(escalation).at()).isEqualTo(first);
    assertThat(answer(escalation).note()).isEqualTo("on my way <b>");
  }

  @Test
  void whoever_comes_later_sees_who_had_it_first_and_that_it_is_over() throws Exception {
    WorkflowStub escalation = escalate("second");
    URI link = link("second");
    escalation.update(
        "acknowledge", String.class, new Acknowledgement("lee", "oncall", "cli", null));

    assertThat(press(token(link), "").body()).contains("lee has it");

    escalation.update("close", String.class, new Abort("lee", "mended"));
    escalation.getResult(Escalation.class);

    assertThat(get(link).body()).contains("lee has it", "closed by lee", "mended");
    assertThat(press(token(link), "").statusCode()).isEqualTo(200);
  }

  @Test
  void a_link_of_another_incident_or_of_nobodys_making_is_refused() throws Exception {
    WorkflowStub escalation = escalate("third");
    link("third");
    String workflow = WorkflowIds.escalation("third", "production");
    String other = issue(LinkedServer.KEY, "plan-before", workflow, AckLinks.ACK, 60);
    String deed = issue(LinkedServer.KEY, "plan-of-third", workflow, "approve", 60);
    String expired = issue(LinkedServer.KEY, "plan-of-third", workflow, AckLinks.ACK, -1);
    String forged = issue("f".repeat(32), "plan-of-third", workflow, AckLinks.ACK, 60);
    String nowhere =
        issue(
            LinkedServer.KEY,
            "plan-x",
            WorkflowIds.escalation("none", "production"),
            AckLinks.ACK,
            60);

    for (String token : List.of(other, deed, expired, forged, "", "a.b.c", "x".repeat(5000))) {
      assertThat(press(token, "").statusCode()).as(token).isEqualTo(403);
      assertThat(get(linked.url().resolve("/ack?token=" + token)).statusCode()).isEqualTo(403);
    }
    assertThat(get(linked.url().resolve("/ack")).statusCode()).isEqualTo(403);
    assertThat(press(nowhere, "").statusCode()).isEqualTo(410);
    assertThat(get(linked.url().resolve("/ack?token=%ff")).statusCode()).isIn(400, 403);
    assertThat(press(expired, "").body()).contains("expired").doesNotContain(expired);
    assertThat(answer(escalation)).isNull();
  }

  @Test
  void it_is_ready_while_temporal_answers() throws Exception {
    assertThat(get(linked.url().resolve("/ready")).statusCode()).isEqualTo(200);
    assertThat(get(linked.url().resolve("/health")).statusCode()).isEqualTo(200);
  }
}

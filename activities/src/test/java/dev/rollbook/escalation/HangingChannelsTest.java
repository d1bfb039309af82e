package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.rollbook.Secret;
import dev.rollbook.StepOptions;
import dev.rollbook.escalation.MailServer.Tls;
import dev.rollbook.escalation.Wording.Language;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How long a channel that hangs keeps the next one waiting, by the limits that it really has. */
@Timeout(120)
class HangingChannelsTest {

  /** What {@link Channel} promises of one attempt. */
  private static final Duration ATTEMPT = Duration.ofSeconds(25);

  @TempDir Path folder;

  private final Receiver silent = new Receiver();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private ServerSocket mail;
  private Map<String, Channel> channels;

  private record Attempt(
      String channel, ApplicationFailure failure, Duration took, Duration silence) {}

  @BeforeEach
  void hang() throws IOException {
    silent.hang();
    mail = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.submit(this::dribble);
    Secret url = Incidents.secret(silent.url("/hook"));
    channels =
        new TreeMap<>(
            Map.of(
                "webhook",
                new WebhookChannel("channel webhook", url, Map.of(), Optional.empty()),
                "slack",
                new SlackChannel("channel slack", url),
                "pagerduty",
                new PagerDutyChannel("channel pagerduty", url, url),
                "email",
                new EmailChannel(
                    "email",
                    new MailServer(
                        "localhost",
                        mail.getLocalPort(),
                        Tls.NONE,
                        "rollbook@example.com",
                        Optional.empty(),
                        Optional.empty()))));
  }

  @AfterEach
  void end() throws IOException {
    silent.close();
    mail.close();
    threads.shutdownNow();
  }

  /** A mail server that is always about to say hello: no time limit on a socket ends that. */
  private Void dribble() throws Exception {
    while (true) {
      Socket client = mail.accept();
      threads.submit(
          () -> {
            while (true) {
              client.getOutputStream().write("220-wait\r\n".getBytes(StandardCharsets.US_ASCII));
              TimeUnit.MILLISECONDS.sleep(500);
            }
          });
    }
  }

  @Test
  void an_attempt_ends_in_time_and_the_one_that_outlasts_the_limit_is_the_last() throws Exception {
    List<Future<Attempt>> first = attempts(Duration.ZERO);
    List<Future<Attempt>> last = attempts(StepOptions.SENT_WITHIN.minusSeconds(10));

    for (Future<Attempt> each : first) {
      Attempt attempt = each.get();
      assertThat(attempt.took()).as("%s", attempt).isLessThan(ATTEMPT);
      assertThat(attempt.failure().isNonRetryable()).as("%s", attempt).isFalse();
      assertThat(attempt.silence())
          .as("a worker that is killed is told from one that waits: %s", attempt)
          .isLessThan(StepOptions.notice().getHeartbeatTimeout());
    }
    for (Future<Attempt> each : last) {
      Attempt attempt = each.get();
      assertThat(attempt.took()).as("%s", attempt).isLessThan(ATTEMPT);
      assertThat(attempt.failure().isNonRetryable()).as("%s", attempt).isTrue();
      assertThat(attempt.failure().getType()).isEqualTo("ChannelBroken");
      assertThat(attempt.failure().getOriginalMessage()).contains("; given up after 1 min ");
    }
    assertThat(StepOptions.notice().getStartToCloseTimeout())
        .as("Temporal itself never has to end one")
        .isGreaterThan(ATTEMPT);
  }

  /** One over each channel, all at once. */
  private List<Future<Attempt>> attempts(Duration spent) {
    List<Future<Attempt>> attempts = new ArrayList<>();
    channels.keySet().forEach(name -> attempts.add(threads.submit(() -> attempt(name, spent))));
    return attempts;
  }

  private Attempt attempt(String channel, Duration spent) {
    List<Long> signs = new CopyOnWriteArrayList<>();
    Channels sending =
        new Channels(
            channels,
            new Messages(new Wording(Language.EN), Optional.empty(), Incidents.REDACTION),
            new NoticeSpool(folder, Incidents.REDACTION, Clock.systemUTC()),
            () -> progress -> signs.add(System.nanoTime()),
            () -> 1,
            () -> spent);
    signs.add(System.nanoTime());
    ApplicationFailure failure =
        catchThrowableOfType(ApplicationFailure.class, () -> sending.send(notice(channel)));
    signs.add(System.nanoTime());
    assertThat(failure).as(channel).isNotNull();
    long longest =
        IntStream.range(1, signs.size())
            .mapToLong(i -> signs.get(i) - signs.get(i - 1))
            .max()
            .getAsLong();
    long took = signs.get(signs.size() - 1) - signs.get(0);
    return new Attempt(channel, failure, Duration.ofNanos(took), Duration.ofNanos(longest));
  }

  private static Notice notice(String channel) {
    Notice usual = Incidents.notice("oncall@example.com");
    return new Notice(
        usual.id(),
        usual.incident(),
        usual.level(),
        usual.title(),
        usual.call(),
        channel,
        usual.recipient(),
        usual.workflowId(),
        usual.until(),
        usual.severity());
  }
}

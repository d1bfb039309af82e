package dev.rollbook.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rollbook.Redaction;
import dev.rollbook.Secret;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class SpooledCallLogTest {

  @TempDir Path folder;

  @Test
  void every_call_is_a_line_in_the_log_too_without_secrets() {
    Secret secret = new Secret("${env:KEY}", Map.of("KEY", "swordfish"));
    Logger log = (Logger) LoggerFactory.getLogger(NoticeSpool.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try {
      new NoticeSpool(folder, new Redaction(List.of(secret)), Clock.systemUTC()).add(notice());
    } finally {
      log.detachAppender(lines);
    }

    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "shop in local: the key is ***; call 2 of DBA, dba@example.com (plan-1-dba-2-spool-1)");
  }

  private static Notice notice() {
    return new Notice(
        "plan-1-dba-2-spool-1",
        new Incident(
            "plan-1", "shop", "local", "the key is swordfish", null, Set.of(), false, "rollback"),
        "dba",
        "DBA",
        2,
        "spool",
        "dba@example.com",
        "escalate:local:shop",
        null,
        null);
  }
}

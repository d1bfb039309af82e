package dev.rollbook.escalation;

import dev.rollbook.Evidence;
import dev.rollbook.Redaction;
import dev.rollbook.escalation.Incident.Trouble;
import dev.rollbook.escalation.Message.Link;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts notices into words, without secrets. */
public final class Messages {

  private static final Logger LOG = LoggerFactory.getLogger(Messages.class);
  private static final int LONGEST_LINE = 300;
  private static final int LONGEST_WHY = 4 * 1024;

  private final Wording wording;
  private final Optional<AckLinks> links;
  private final Redaction redaction;

  public Messages(Wording wording, Optional<AckLinks> links, Redaction redaction) {
    this.wording = wording;
    this.links = links;
    this.redaction = redaction;
  }

  Message of(Notice sent) {
    Notice notice = cleaned(sent);
    Map<String, String> values = values(notice);
    String kind = kind(notice);
    return new Message(
        notice,
        wording.say("call.subject", values),
        wording.say(kind.equals("call") ? "call.body" : "told.body", values),
        wording.say(kind + ".answer", values),
        links(kind, notice));
  }

  /** The same notice, plain and without secrets: channels of JSON show it whole. */
  private Notice cleaned(Notice notice) {
    Incident incident = notice.incident();
    return new Notice(
        notice.id(),
        new Incident(
            incident.id(),
            line(incident.service()),
            line(incident.environment()),
            line(incident.title()),
            why(incident),
            incident.troubles(),
            incident.companyWide(),
            line(incident.startedBy())),
        notice.level(),
        line(notice.title()),
        notice.call(),
        notice.channel(),
        notice.recipient(),
        notice.workflowId(),
        notice.until(),
        notice.severity());
  }

  private String why(Incident incident) {
    String why = incident.why() == null ? "" : redaction.clean(Evidence.plain(incident.why()));
    return Evidence.beginning(why.strip(), LONGEST_WHY);
  }

  /** An escalation calls; a run asks, and an alert that nothing is done about is only told. */
  private static String kind(Notice notice) {
    String id = notice.workflowId() == null ? "" : notice.workflowId();
    return id.startsWith("rollback:") ? "ask" : id.startsWith("quarantined:") ? "told" : "call";
  }

  private Map<String, String> values(Notice notice) {
    Incident incident = notice.incident();
    Map<String, String> values = new HashMap<>();
    values.put("service", incident.service());
    values.put("environment", incident.environment());
    values.put("title", incident.title());
    values.put("level", notice.title());
    values.put("recipient", line(notice.recipient()));
    values.put("call", String.valueOf(notice.call()));
    values.put("startedBy", incident.startedBy());
    values.put("troubles", troubles(incident));
    values.put(
        "why", incident.why().isEmpty() ? wording.say("call.noWhy", Map.of()) : incident.why());
    return values;
  }

  private String troubles(Incident incident) {
    List<Trouble> troubles = List.copyOf(new TreeSet<>(incident.troubles()));
    return troubles.isEmpty()
        ? wording.say("call.noTroubles", Map.of())
        : troubles.stream()
            .map(trouble -> wording.say("trouble." + trouble, Map.of()))
            .collect(Collectors.joining(", "));
  }

  /** A call without a link is better than none, and than one that will be refused. */
  private List<Link> links(String kind, Notice notice) {
    if (notice.workflowId() == null) {
      return List.of();
    }
    try {
      return links.stream()
          .flatMap(
              each ->
                  deeds(kind)
                      .map(
                          deed ->
                              new Link(
                                  deed,
                                  wording.say("link." + deed, Map.of()),
                                  each.of(notice, deed))))
          .toList();
    } catch (RuntimeException e) {
      LOG.warn("{}: no link to answer by: {}", notice.id(), redaction.clean(e.getMessage()));
      return List.of();
    }
  }

  private static Stream<String> deeds(String kind) {
    return switch (kind) {
      case "call" -> Stream.of(AckLinks.ACK);
      case "ask" -> Stream.of(AckLinks.APPROVE, AckLinks.REJECT);
      default -> Stream.empty();
    };
  }

  private String line(String text) {
    return redaction.clean(Message.line(text, LONGEST_LINE));
  }
}

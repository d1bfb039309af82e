package dev.rollbook.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.rollbook.Payloads;
import dev.rollbook.Redaction;
import dev.rollbook.aftermath.Markdown;
import dev.rollbook.escalation.Announcements.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Postings as pages: JSON for programs, Markdown with front matter for a generator of sites. */
final class StatusPage {

  private static final int SHOWN = 100;
  private static final Markdown MARKDOWN = new Markdown(Redaction.NONE);

  private final Map<String, List<Posting>> incidents = new LinkedHashMap<>();

  StatusPage(List<Posting> postings) {
    for (Posting each : postings) {
      incidents.computeIfAbsent(each.id(), id -> new ArrayList<>()).add(each);
    }
  }

  Map<String, Object> json() {
    List<List<Posting>> newestFirst = new ArrayList<>(incidents.values());
    Collections.reverse(newestFirst);
    boolean isUp = newestFirst.stream().allMatch(each -> last(each).state() == State.RESOLVED);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status", isUp ? "operational" : "disrupted");
    json.put("incidents", newestFirst.stream().limit(SHOWN).map(StatusPage::incident).toList());
    return json;
  }

  private static Map<String, Object> incident(List<Posting> postings) {
    Posting last = last(postings);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", last.id());
    json.put("service", last.service());
    json.put("environment", last.environment());
    json.put("state", last.state());
    json.put("title", last.title());
    json.put("text", last.text());
    json.put("startedAt", postings.get(0).at());
    json.put("updatedAt", last.at());
    json.put("resolvedAt", resolvedAt(last));
    return json;
  }

  String markdown(String id) {
    List<Posting> postings = incidents.get(id);
    Posting last = last(postings);
    StringBuilder page = new StringBuilder("---\n");
    page.append("Title: ").append(quoted(last.title())).append("\n");
    page.append("Description: ").append(quoted(last.text())).append("\n");
    page.append("Date: ").append(postings.get(0).at()).append("\n");
    page.append("Resolved: ").append(last.state() == State.RESOLVED).append("\n");
    if (last.state() == State.RESOLVED) {
      page.append("ResolvedWhen: ").append(last.at()).append("\n");
    }
    page.append("Severity: ").append(severity(postings)).append("\n");
    page.append("Affected:\n  - ").append(quoted(last.service())).append("\n");
    page.append("Section: issue\n---\n");
    for (int i = postings.size() - 1; i >= 0; i--) {
      page.append("\n**").append(postings.get(i).at()).append("** ");
      page.append(MARKDOWN.line(postings.get(i).text())).append("\n");
    }
    return page.toString();
  }

  private static String severity(List<Posting> postings) {
    return postings.stream().anyMatch(each -> each.state() == State.STOPPED) ? "down" : "disrupted";
  }

  private static Instant resolvedAt(Posting last) {
    return last.state() == State.RESOLVED ? last.at() : null;
  }

  private static Posting last(List<Posting> postings) {
    return postings.get(postings.size() - 1);
  }

  /** JSON's scalars are YAML's. */
  private static String quoted(String text) {
    try {
      return Payloads.mapper().writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A text is always JSON", e);
    }
  }
}

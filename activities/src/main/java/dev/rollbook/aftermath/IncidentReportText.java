package dev.rollbook.aftermath;

import dev.rollbook.Elapsed;
import dev.rollbook.Finding;
import dev.rollbook.RollbackRequest;
import dev.rollbook.Run;
import dev.rollbook.Step;
import dev.rollbook.Version;
import dev.rollbook.decision.Decision;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.stream.Collectors;

/** An incident report's words. The same run gives the same text: nothing here asks for the time. */
final class IncidentReportText {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final int WORKING_DAYS = 5;

  private final Markdown markdown;
  private final RollbackRequest request;
  private final Run run;
  private final String executionId;

  IncidentReportText(Markdown markdown, RollbackRequest request, Run run, String executionId) {
    this.markdown = markdown;
    this.request = request;
    this.run = run;
    this.executionId = executionId;
  }

  Instant started() {
    return run.startedAt();
  }

  /** How the report is found again. */
  String runIdLine() {
    return "run_id: " + markdown.yaml(executionId);
  }

  String slug() {
    String reason = Slug.words(request.reason() == null ? "" : markdown.clean(request.reason()));
    return Slug.of(
        run.service() + " " + run.environment() + " " + (reason.isEmpty() ? "rollback" : reason));
  }

  String misplaced(Path reports, IOException failure) {
    return "This report belongs under "
        + markdown.line(reports.toString())
        + ", which could not be written ("
        + markdown.line(failure.toString())
        + "). Move it there.\n\n";
  }

  String of(String id, String notice) {
    String todo = "TODO(human), due " + due() + ": ";
    return GeneratedBlocks.frontMatter(new FrontMatter(markdown, request, run).of(id, executionId))
        + "\n# Rollback of "
        + markdown.line(run.service())
        + " in "
        + markdown.line(run.environment())
        + "\n\n"
        + GeneratedBlocks.block("summary", notice + summary())
        + "\n## 발생한 문제 (what happened)\n\n"
        + todo
        + "what did users see, since when, and who noticed it first?\n"
        + "\n## 영향 범위 (impact)\n\n"
        + todo
        + "which users, requests and data, in numbers?\n"
        + "\n## Timeline (UTC)\n\n"
        + GeneratedBlocks.block("timeline", new ReportTimeline(markdown, run).table())
        + "\n## 에스컬레이션 (escalation)\n\n"
        + GeneratedBlocks.block("escalation", escalation())
        + "\n## Version before and after\n\n"
        + GeneratedBlocks.block("target", target())
        + "\n## 사전 확인 (preconditions)\n\n"
        + GeneratedBlocks.block("findings", findings())
        + "\n## Evidence\n\n"
        + GeneratedBlocks.block("evidence", evidence())
        + "\n## 원인 분석 (root cause analysis)\n\n"
        + question("왜 문제가 발생했는가?", "Why did it happen?", todo)
        + question("배포 전에 발견할 수 있었는가?", "Could it have been found before the release?", todo)
        + question("어떻게 재발을 방지할 것인가?", "How is it kept from happening again?", todo)
        + "## 재배포 계획 (redeployment plan)\n\n"
        + "- 문제 수정 방안 (the fix): "
        + todo
        + "what is changed?\n"
        + "- 테스트 계획 (test plan): "
        + todo
        + "what proves that it works?\n"
        + "- 재배포 일정 (schedule): "
        + todo
        + "when, and by whom?\n"
        + "\n## 관련 팀 공유 (teams to tell)\n\n"
        + "- [ ] 개발팀 (development)\n"
        + "- [ ] QA팀 (QA)\n"
        + "- [ ] 운영팀 (operations)\n"
        + "- [ ] 고객 지원팀 (customer support)\n"
        + "- [ ] 관리자 (management)\n";
  }

  /** Calls go on when the run has ended: who answered is written here at their end. */
  private String escalation() {
    return run.steps().stream()
        .filter(step -> step.id().equals("N1"))
        .findFirst()
        .map(
            step ->
                "Calls have not ended: " + markdown.line(step.summary()) + ", `rollbook status`.\n")
        .orElse("Nobody was called.\n");
  }

  private static String question(String korean, String english, String todo) {
    return "### " + korean + " (" + english + ")\n\n" + todo + "answer.\n\n";
  }

  private String summary() {
    return "| 항목 (item) | |\n|---|---|\n"
        + row("롤백 사유 (reason)", request.reason() == null ? "none given" : request.reason())
        + row("Outcome", outcome())
        + row("롤백 시간 (time of the rollback)", times())
        + row("담당자 (person in charge)", personInCharge())
        + row("Aborted", run.aborted() == null ? "no" : run.aborted().describe())
        + (run.decision() == null ? "" : row("결정 (decision)", decision(run.decision())))
        + row("Incident", request.incident());
  }

  private static String decision(Decision decision) {
    String decided = decision.decided() == null ? "" : "; " + decision.decided().describe();
    String seen = decision.symptoms() == null ? "" : "; metrics " + decision.symptoms().describe();
    return decision.rule() + decided + seen + "; alerts: " + decision.alertsInAll();
  }

  private String row(String item, String text) {
    return "| " + item + " | " + markdown.line(text) + " |\n";
  }

  private String outcome() {
    String outcome =
        run.outcome() == null ? "under way when this was written" : run.outcome().name();
    return run.reason() == null ? outcome : outcome + ": " + run.reason();
  }

  private String times() {
    String began = TIME.format(run.startedAt());
    return run.endedAt() == null
        ? "since " + began
        : began
            + " to "
            + TIME.format(run.endedAt())
            + ", "
            + Elapsed.describe(Duration.between(run.startedAt(), run.endedAt()));
  }

  private String personInCharge() {
    String asked = request.requestedBy() == null ? "unknown" : request.requestedBy();
    return asked + " (asked through " + FrontMatter.lower(request.trigger()) + ")";
  }

  private String target() {
    return "| | Kind | Id | Label |\n|---|---|---|---|\n"
        + version("Before", run.from())
        + version("After", run.target());
  }

  private String version(String when, Version version) {
    return version == null
        ? "| " + when + " | unknown | | |\n"
        : "| "
            + when
            + " | "
            + FrontMatter.lower(version.kind())
            + " | "
            + markdown.line(version.id())
            + " | "
            + markdown.line(version.label())
            + " |\n";
  }

  private String findings() {
    if (run.findings().isEmpty()) {
      return "None recorded.\n";
    }
    return "| Level | Check | Finding |\n|---|---|---|\n"
        + run.findings().stream().map(this::finding).collect(Collectors.joining());
  }

  private String finding(Finding finding) {
    return "| "
        + FrontMatter.lower(finding.level())
        + " | "
        + markdown.line(finding.check())
        + " | "
        + markdown.line(finding.message())
        + " |\n";
  }

  private String evidence() {
    String all =
        run.steps().stream()
            .filter(step -> step.evidence() != null && !step.evidence().isBlank())
            .map(this::evidence)
            .collect(Collectors.joining("\n"));
    return all.isEmpty() ? "None recorded.\n" : all;
  }

  private String evidence(Step step) {
    return "### "
        + markdown.line(step.id() + " " + step.title())
        + "\n\n"
        + markdown.fence(step.evidence());
  }

  private LocalDate due() {
    LocalDate day = run.startedAt().atZone(ZoneOffset.UTC).toLocalDate();
    for (int left = WORKING_DAYS; left > 0; ) {
      day = day.plusDays(1);
      left -= isWeekend(day) ? 0 : 1;
    }
    return day;
  }

  private static boolean isWeekend(LocalDate day) {
    return day.getDayOfWeek() == DayOfWeek.SATURDAY || day.getDayOfWeek() == DayOfWeek.SUNDAY;
  }

  static String time(Instant at) {
    return TIME.format(at);
  }
}

package dev.rollbook.catalog;

import dev.rollbook.decision.DecisionPolicy;
import dev.rollbook.decision.DecisionPolicy.Otherwise;
import dev.rollbook.decision.DecisionPolicy.Row;
import dev.rollbook.decision.GuardLimits;

/**
 * Reads how long people may take to decide: what the catalog says for all, and what a service's
 * environment says otherwise.
 */
final class DecisionFields {

  private final Value all;
  private final Value guards;
  private final Problems problems;
  private final Fields fields;

  DecisionFields(Value root, Problems problems) {
    this.all = root.part("decision");
    this.guards = root.part("guards");
    this.problems = problems;
    this.fields = new Fields(problems);
  }

  /**
   * @param home a service's environment
   * @param asksMetrics whether there is a Prometheus to ask
   */
  DecisionPolicy read(Value home, boolean asksMetrics) {
    Value own = home.part("decision");
    DecisionPolicy runbook = DecisionPolicy.RUNBOOK;
    return new DecisionPolicy(
        row("critical", own, runbook.critical()),
        row("high", own, runbook.high()),
        row("medium", own, runbook.medium()),
        needsEvidence(own, asksMetrics),
        fields.duration(
            own, "releaseWithin", fields.duration(all, "releaseWithin", runbook.releaseWithin())),
        asksMetrics);
  }

  private boolean needsEvidence(Value own, boolean asksMetrics) {
    Value written =
        own.part("critical")
            .member("needsEvidence")
            .orElse(all.part("critical").part("needsEvidence"));
    boolean isNeeded = written.isScalar() && written.text().equals("true");
    if (isNeeded && !asksMetrics) {
      problems.addFirst(
          written.place(),
          written.where(),
          "a service without 'prometheus' can show nothing; name one, or write false there");
    }
    return isNeeded;
  }

  GuardLimits guards() {
    GuardLimits left = GuardLimits.DEFAULT;
    return new GuardLimits(
        fields.duration(guards, "coolDown", left.coolDown()),
        fields.number(guards, "perServiceAndHour", left.perServiceAndHour()),
        fields.number(guards, "perHour", left.perHour()));
  }

  private Row row(String severity, Value own, Row runbook) {
    Row forAll = row(all.part(severity), runbook);
    return row(own.part(severity), forAll);
  }

  private Row row(Value at, Row left) {
    return new Row(
        fields.duration(at, "within", left.within()),
        fields
            .text(at, "otherwise")
            .map(word -> word.equals("rollBack") ? Otherwise.ROLL_BACK : Otherwise.ESCALATE)
            .orElse(left.otherwise()));
  }
}

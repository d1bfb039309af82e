package dev.rollbook.catalog;

import dev.rollbook.TaskQueues;
import dev.rollbook.escalation.Digest;
import dev.rollbook.escalation.EscalationPolicy;
import dev.rollbook.escalation.EscalationPolicy.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads whom to call: what the catalog says for all, and what a service's environment says
 * otherwise.
 */
final class EscalationFields {

  private static final int ROUNDS = 2;
  private static final String ESCALATION = "escalation";
  private static final String COMPANY_WIDE = "companyWide";

  private final Value root;
  private final Problems problems;
  private final Fields fields;
  private final List<String> channels;
  private final Map<String, List<String>> roles;
  private final LevelFields levels;
  private final RunbookLevels runbook;
  private final Set<String> used = new HashSet<>(RunbookLevels.TITLES.keySet());

  EscalationFields(Value root, Problems problems) {
    this.root = root;
    this.problems = problems;
    this.fields = new Fields(problems);
    this.channels = List.copyOf(root.part("channels").members().keySet());
    this.roles = roles(root.part("roles"));
    this.levels = new LevelFields(roles, channels, problems);
    this.runbook = new RunbookLevels(roles, channels);
    read(root);
  }

  /**
   * @param home a service's environment
   */
  EscalationPolicy read(Value home) {
    Value own = home.part(ESCALATION);
    Value all = root.part(ESCALATION);
    if (home != root) {
      own.member("heartbeat")
          .ifPresent(
              one ->
                  problems.addFirst(
                      one.key(),
                      one.where(),
                      "there is one heartbeat for all: write it under the escalation at the top"));
    }
    List<Level> called =
        Stream.of(own, all)
            .flatMap(at -> at.member("levels").stream())
            .findFirst()
            .map(levels::read)
            .orElseGet(() -> channels.isEmpty() ? List.of() : runbook.table());
    Optional<Level> commander =
        levels
            .role(own, RunbookLevels.COMMANDER)
            .or(() -> levels.role(all, RunbookLevels.COMMANDER))
            .or(() -> Optional.of(RunbookLevels.COMMANDER))
            .flatMap(runbook::commander);
    Stream.concat(called.stream(), commander.stream()).forEach(this::checkAddresses);
    return new EscalationPolicy(
        hash(own, all),
        called,
        fields.number(own, "rounds", fields.number(all, "rounds", ROUNDS)),
        commander.orElse(null),
        fields
            .duration(own, "remindAfter")
            .or(() -> fields.duration(all, "remindAfter"))
            .orElse(Duration.ZERO),
        own.member(COMPANY_WIDE)
            .or(() -> all.member(COMPANY_WIDE))
            .map(wide -> wide.json().asBoolean(false))
            .orElse(false),
        fields.text(home, "workers").orElse(TaskQueues.ROLLBOOK));
  }

  /** Where no service says otherwise. */
  EscalationPolicy ofAll() {
    return read(root.part("none"));
  }

  /** To be asked last: a role that nobody ever calls is a slip of the pen. */
  void checkRoles() {
    Stream.concat(
            Stream.of(root),
            root.part("services").members().values().stream()
                .flatMap(service -> service.part("environments").members().values().stream()))
        .map(at -> at.part(ESCALATION))
        .forEach(this::use);
    root.part("roles")
        .members()
        .forEach(
            (name, role) -> {
              if (!used.contains(name)) {
                problems.addFirst(
                    role.key(),
                    role.where(),
                    "no level calls this role. "
                        + Names.hint(
                            name,
                            RunbookLevels.TITLES.keySet().stream().sorted().toList(),
                            "Known: "));
              }
            });
  }

  private void use(Value escalation) {
    fields.text(escalation, RunbookLevels.COMMANDER).ifPresent(used::add);
    escalation
        .part("levels")
        .items()
        .forEach(level -> fields.text(level, "role").ifPresent(used::add));
  }

  /** E-mail wants addresses; what other channels show may be any name. */
  private void checkAddresses(Level level) {
    boolean isMailed =
        level.channels().stream()
            .map(name -> root.part("channels").part(name))
            .anyMatch(channel -> fields.text(channel, "type").equals(Optional.of("email")));
    root.part("roles").members().values().stream()
        .flatMap(role -> role.items().stream())
        .filter(item -> isMailed && level.recipients().contains(item.text()))
        .filter(item -> !item.text().matches("[^@\\s,;<>]+@[^@\\s,;<>]+"))
        .forEach(
            item ->
                problems.addFirst(
                    item.place(),
                    item.where(),
                    "is called by e-mail, and is no address: write name@example.com, or leave the"
                        + " channel out of its level's 'channels'"));
  }

  private Map<String, List<String>> roles(Value at) {
    Map<String, List<String>> roles = new LinkedHashMap<>();
    at.members()
        .forEach(
            (name, role) ->
                roles.put(
                    name, role.items().stream().filter(Value::isScalar).map(Value::text).toList()));
    return roles;
  }

  /** Secrets are in none of it. */
  private String hash(Value own, Value all) {
    String text = own.json() + "\n" + all.json() + "\n" + root.part("roles").json() + channels;
    return Digest.sha256(text).substring(0, 16);
  }
}

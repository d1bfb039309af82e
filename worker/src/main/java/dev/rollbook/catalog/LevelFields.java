package dev.rollbook.catalog;

import dev.rollbook.escalation.EscalationPolicy.Level;
import dev.rollbook.escalation.Incident.Trouble;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the levels that a catalog writes itself. */
final class LevelFields {

  /** Calls in a round. */
  static final int MOST = 3;

  private static final Duration EVERY = Duration.ofMinutes(2);
  private static final Duration OUT_WITHIN = Duration.ofMinutes(1);
  private static final Duration ACK_WITHIN = Duration.ofMinutes(5);

  private final Map<String, List<String>> roles;
  private final List<String> channels;
  private final Problems problems;
  private final Fields fields;

  LevelFields(Map<String, List<String>> roles, List<String> channels, Problems problems) {
    this.roles = roles;
    this.channels = channels;
    this.problems = problems;
    this.fields = new Fields(problems);
  }

  List<Level> read(Value list) {
    Set<String> ids = new HashSet<>();
    for (Value at : list.items()) {
      if (!ids.add(id(at))) {
        Value twice = at.member("id").orElse(at);
        problems.addFirst(twice.place(), twice.where(), "another level has this id; change one");
      }
    }
    return list.items().stream().map(at -> level(at, ids)).toList();
  }

  /** A role that the catalog has; another one is a problem. */
  Optional<String> role(Value at, String key) {
    at.member(key)
        .filter(Value::isScalar)
        .ifPresent(role -> known(role, roles.keySet(), "no such role. "));
    return fields.text(at, key);
  }

  private Level level(Value at, Set<String> ids) {
    String role = role(at, "role").orElse("");
    Duration after = fields.duration(at, "notifyAfter", Duration.ZERO);
    Duration by = fields.duration(at, "notifyBy", after.plus(OUT_WITHIN));
    if (by.compareTo(after) < 0) {
      Value early = at.part("notifyBy");
      problems.addFirst(early.place(), early.where(), "is over before 'notifyAfter' is");
    }
    return new Level(
        id(at),
        fields.text(at, "title").orElse(RunbookLevels.TITLES.getOrDefault(role, role)),
        troubles(at),
        at.part("companyWide").json().asBoolean(false),
        after,
        by,
        fields.duration(at, "ackWithin", after.plus(ACK_WITHIN)),
        fields.duration(at.part("repeat"), "every", EVERY),
        fields.number(at.part("repeat"), "most", MOST),
        Set.copyOf(names(at, "silencedBy", ids, "no level has this id. ")),
        at.member("channels").isPresent()
            ? names(at, "channels", channels, "no such channel. ")
            : channels,
        roles.getOrDefault(role, List.of()));
  }

  private String id(Value at) {
    return fields.text(at, "id").or(() -> fields.text(at, "role")).orElse("");
  }

  private static Set<Trouble> troubles(Value at) {
    return at.part("when").items().stream()
        .flatMap(item -> Fields.choice(Trouble.class, item.text()).stream())
        .collect(Collectors.toSet());
  }

  private List<String> names(Value at, String key, Collection<String> known, String unknown) {
    List<Value> items = at.part(key).items().stream().filter(Value::isScalar).toList();
    items.forEach(item -> known(item, known, unknown));
    return items.stream().map(Value::text).distinct().toList();
  }

  private void known(Value name, Collection<String> known, String unknown) {
    if (!known.contains(name.text())) {
      problems.addFirst(
          name.place(),
          name.where(),
          unknown + Names.hint(name.text(), known.stream().sorted().toList(), "There are: "));
    }
  }
}

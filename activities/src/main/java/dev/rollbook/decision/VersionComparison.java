package dev.rollbook.decision;

import dev.rollbook.PinnedService;
import dev.rollbook.decision.PrometheusAnswer.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Whether the version that would be rolled back fails, and no other one. */
final class VersionComparison {

  private static final String NAME = "errorRateByVersion";

  private static final int SHORTEST_ID = 7;

  private final SymptomLimits limits;
  private final String query;

  VersionComparison(SymptomLimits limits, String query) {
    this.limits = limits;
    this.query = query;
  }

  Measurement of(PinnedService service, List<Sample> samples) {
    Map<String, Double> rates = new TreeMap<>();
    for (Sample sample : samples) {
      if (sample.labels().size() != 1) {
        return unknown("the series have no single label that names the version");
      }
      if (sample.value() >= 0 && sample.value() <= 1) {
        rates.put(sample.labels().values().iterator().next(), sample.value());
      }
    }
    List<String> own = rates.keySet().stream().filter(name -> isIt(service, name)).toList();
    List<String> others = new ArrayList<>(rates.keySet());
    others.removeAll(own);
    if (own.isEmpty() || others.isEmpty()) {
      return unknown(
          rates.isEmpty()
              ? "no version is measured"
              : "not both old and new are measured: " + words(rates));
    }
    if (others.stream().anyMatch(name -> rates.get(name) > limits.high())) {
      return found(Shown.NOT_SHOWN, "other versions fail as well: " + words(rates));
    }
    boolean isAlone =
        own.stream().anyMatch(name -> rates.get(name) > limits.high())
            && others.stream().allMatch(name -> rates.get(name) < limits.none());
    return isAlone
        ? found(Shown.SHOWN, "only the newest version fails: " + words(rates))
        : unknown("no version stands out: " + words(rates));
  }

  /** Series name a version as its build does, or by a pod's label. */
  private static boolean isIt(PinnedService service, String name) {
    String id = service.from().id().replaceFirst("^sha256:", "");
    String label = service.from().label() == null ? "" : service.from().label();
    boolean isHash =
        service.kubernetes() != null
            && (name.equals(service.kubernetes().badHash())
                || name.equals(service.kubernetes().badRevision()));
    return isHash
        || name.equals(service.from().id())
        || name.length() >= SHORTEST_ID && id.startsWith(name)
        || name.equals(label)
        || !name.isEmpty()
            && List.of(label.split("[ (),]+")).stream()
                .anyMatch(image -> image.endsWith(":" + name));
  }

  private static String words(Map<String, Double> rates) {
    return rates.entrySet().stream()
        .limit(10)
        .map(each -> each.getKey() + " " + SymptomTable.percent(each.getValue()))
        .collect(Collectors.joining(", "));
  }

  private Measurement unknown(String why) {
    return found(Shown.UNKNOWN, why);
  }

  private Measurement found(Shown shown, String why) {
    return new Measurement(NAME, shown, null, null, query, why);
  }
}

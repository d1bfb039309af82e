package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.aftermath.HealthyVersion;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import io.fabric8.kubernetes.api.model.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which revision to go back to: the given one, else the last recorded healthy by us, else the
 * newest older one whose images differ from the bad one's. Never simply the second highest number:
 * that may be a restart of the bad one, or what somebody has gone back from already.
 */
final class RevisionChoice {

  private static final String CHECK = "target";
  private static final int SHOWN = 200;

  private final Revisions revisions;
  private final Revision current;
  private final RevisionTable table;
  private final List<HealthyVersion> healthy;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param current what runs now, and is bad
   * @param healthy recorded by us, the newest first
   */
  RevisionChoice(
      Revisions revisions, Revision current, RevisionTable table, List<HealthyVersion> healthy) {
    this.revisions = revisions;
    this.current = current;
    this.table = table;
    this.healthy = healthy;
  }

  /** Why this target, or why none. */
  List<Finding> findings() {
    return findings;
  }

  /**
   * @param to a revision number, image, tag, hash or name; null for none
   * @param retried the last rollback went to what runs now, and was not proven healthy
   */
  Optional<Revision> choose(String to, boolean retried) {
    if (to != null && !to.isBlank()) {
      return given(to.strip());
    }
    for (HealthyVersion known : healthy) {
      Optional<Revision> revision = revisions.byUid(known.version().id());
      if (revision.isEmpty()) {
        warn(
            "%s, recorded healthy, is not in the history any more: revisionHistoryLimit, or another workload of that name"
                .formatted(known.version().describe()));
      } else if (isRestarted(revision.get())) {
        warn(
            "%s, recorded healthy, is what runs now but for a restart: it is no way back"
                .formatted(known.version().describe()));
      } else {
        return chosen(revision.get(), "the last one recorded healthy; --to goes elsewhere");
      }
    }
    if (retried) {
      return chosen(
          current,
          "it runs the target of an earlier rollback that did not prove healthy: tried again; --to goes further back");
    }
    return newestDiffering();
  }

  private boolean isRestarted(Revision revision) {
    return !revision.uid().equals(current.uid()) && revision.isRestartOf(current);
  }

  private Optional<Revision> given(String to) {
    // as for kubectl, a number is a revision's, even where images bear it as their tag
    List<Revision> numbered = meant(each -> isNumber(each, to));
    List<Revision> meant = numbered.isEmpty() ? meant(each -> isNamed(each, to)) : numbered;
    if (meant.size() == 1) {
      Revision target = meant.get(0);
      Optional<Revision> chosen = chosen(target, "as asked: " + shown(to));
      if (!target.uid().equals(current.uid()) && target.imageNames().equals(current.imageNames())) {
        warn(
            "%s has the very images of the bad one, %s: only the rest of its template differs"
                .formatted(target.version().describe(), current.version().describe()));
      }
      return chosen;
    }
    return block(
        meant.isEmpty()
            ? "there is no revision '%s' of the workload".formatted(shown(to))
                + (to.equals("0") ? " (kubectl's 0, the one before, is --to left out)" : "")
            : "'%s' may mean %s; say the %s"
                .formatted(
                    shown(to),
                    meant.stream().map(Revision::name).collect(Collectors.joining(" or ")),
                    "name"));
  }

  /** Without those that a restart repeated. */
  private List<Revision> meant(Predicate<Revision> means) {
    List<Revision> meant = new ArrayList<>();
    for (Revision each : revisions.all()) {
      if (means.test(each) && meant.stream().noneMatch(newer -> newer.isRestartOf(each))) {
        meant.add(each);
      }
    }
    return meant;
  }

  private static boolean isNumber(Revision revision, String to) {
    return revision.number() > 0 && to.equals(Long.toString(revision.number()));
  }

  private static boolean isNamed(Revision revision, String to) {
    return to.equals(revision.name())
        || to.equals(revision.uid())
        || to.equals(revision.hash())
        || revision.name().endsWith("-" + to)
        || revision.imageNames().stream()
            .anyMatch(image -> image.equals(to) || image.endsWith("/" + to))
        || to.equals(MutableTag.tag(mainContainer(revision).getImage()));
  }

  private static Container mainContainer(Revision revision) {
    return revision.template().getSpec().getContainers().get(0);
  }

  private Optional<Revision> newestDiffering() {
    List<Revision> candidates = new ArrayList<>();
    for (Revision each : revisions.all()) {
      if (each.uid().equals(current.uid()) || each.isStopped()) {
        continue;
      }
      if (table.isWithdrawn(each)) {
        warn(each.version().describe() + " was withdrawn by an earlier rollback: passed over");
      } else if (each.created().isAfter(current.created())) {
        warn(
            each.version().describe()
                + " was made after what runs now: somebody has gone back from it; passed over");
      } else if (!each.imageNames().equals(current.imageNames())) {
        candidates.add(each);
      }
    }
    if (candidates.isEmpty()) {
      return block(
          revisions.all().size() < 2
              ? "there is no older revision: nothing to go back to. Deploy a good version"
              : "no older revision is left whose images differ from the bad one's; pass --to where the rest of the template is what went wrong");
    }
    Revision newest = candidates.get(0);
    boolean tied =
        candidates.stream()
            .skip(1)
            .anyMatch(
                each ->
                    each.number() == newest.number()
                        && !each.imageNames().equals(newest.imageNames()));
    return tied
        ? block(
            "several revisions carry the same number, so there is no telling the last; pass --to")
        : chosen(
            newest, "the newest older one with other images, since none is recorded healthy yet");
  }

  private Optional<Revision> chosen(Revision target, String why) {
    findings.add(Finding.ok(CHECK, target.version().describe() + ": " + why));
    mutableTags(target);
    return Optional.of(target);
  }

  private void mutableTags(Revision target) {
    for (Image image : images(target)) {
      boolean moves =
          MutableTag.isPulledAnew(target.template(), image.container())
              && !target.uid().equals(current.uid());
      if (moves) {
        warn(
            "the image of %s, %s, may mean other bits by now: %s"
                .formatted(
                    image.container(),
                    image.image(),
                    image.id() == null
                        ? "which ones ran when it was good was never recorded, so C4 cannot tell"
                        : "C4 compares with " + image.id() + ", recorded when it was healthy"));
      }
    }
  }

  /** With the ids that they were seen to run when the revision was recorded healthy. */
  List<Image> images(Revision target) {
    List<Image> seen =
        healthy.stream()
            .filter(known -> known.version().isSameAs(target.version()))
            .findFirst()
            .map(HealthyVersion::images)
            .orElse(List.of());
    return target.images().stream()
        .map(
            image ->
                seen.stream()
                    .filter(
                        it ->
                            it.container().equals(image.container())
                                && it.image().equals(image.image()))
                    .findFirst()
                    .orElse(image))
        .toList();
  }

  private void warn(String message) {
    findings.add(Finding.warning(CHECK, message));
  }

  private Optional<Revision> block(String message) {
    findings.add(Finding.blocker(CHECK, message + ". There are:\n" + table.text()));
    return Optional.empty();
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}

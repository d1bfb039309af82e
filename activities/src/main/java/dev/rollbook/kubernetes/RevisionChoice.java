package dev.rollbook.kubernetes;

import dev.rollbook.Finding;
import dev.rollbook.aftermath.HealthyVersion;
import dev.rollbook.kubernetes.KnownBits.Moved;
import dev.rollbook.kubernetes.KubernetesPin.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which revision to go back to: the given one, else the last recorded healthy by us, else the
 * newest older one whose images differ from the bad one's. Never simply the second highest number:
 * that may be a restart of the bad one, or what somebody has gone back from already. One that an
 * earlier rollback went to in vain only comes when there is no other.
 */
final class RevisionChoice {

  private static final String CHECK = "target";
  private static final int SHOWN = 200;

  private final Revisions revisions;
  private final Revision current;
  private final RevisionTable table;
  private final List<HealthyVersion> healthy;
  private final KnownBits bits;
  private final Optional<String> container;
  private final List<Revision> inVain = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param current what runs now, and is bad
   * @param healthy recorded by us, the newest first
   * @param container the catalog's, by whose tag revisions are asked for
   */
  RevisionChoice(
      Revisions revisions,
      Revision current,
      RevisionTable table,
      List<HealthyVersion> healthy,
      KnownBits bits,
      Optional<String> container) {
    this.revisions = revisions;
    this.current = current;
    this.table = table;
    this.healthy = healthy;
    this.bits = bits;
    this.container = container;
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
    Optional<Revision> known = lastHealthy();
    if (known.isPresent()) {
      return chosen(known.get(), "the last one recorded healthy; --to goes elsewhere");
    }
    if (retried) {
      return chosen(current, "it runs the target of an earlier rollback: tried again");
    }
    return older();
  }

  private Optional<Revision> given(String to) {
    List<Revision> meant = NamedRevision.meant(revisions, container, to);
    if (meant.size() == 1) {
      Revision target = meant.get(0);
      Optional<Revision> chosen = chosen(target, "as asked: " + shown(to));
      if (!isCurrent(target) && target.imageNames().equals(current.imageNames())) {
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

  private Optional<Revision> lastHealthy() {
    for (HealthyVersion known : healthy) {
      Optional<Revision> revision = revisions.byUid(known.version().id());
      if (revision.isEmpty()) {
        warn(
            "%s, recorded healthy, is not in the history any more: revisionHistoryLimit, or another workload of that name"
                .formatted(known.version().describe()));
      } else if (isWayBack(revision.get(), known.version().describe() + ", recorded healthy, ")) {
        return revision;
      }
    }
    return Optional.empty();
  }

  private boolean isWayBack(Revision revision, String what) {
    Optional<Moved> moved = bits.moved(revision);
    if (!isCurrent(revision) && revision.isRestartOf(current)) {
      warn(what + "is what runs now but for a restart: it is no way back");
    } else if (moved.isPresent()) {
      warn(what + "is no way back: " + moved.get().words());
    } else if (isInVain(revision)) {
      warn(what + "did not prove healthy after the last rollback to it: passed over");
      inVain.add(revision);
    } else {
      return true;
    }
    return false;
  }

  private Optional<Revision> older() {
    List<Revision> candidates = differing();
    List<Revision> untried = candidates.stream().filter(each -> !isInVain(each)).toList();
    if (untried.isEmpty()) {
      inVain.addAll(candidates);
      return inVain.isEmpty()
          ? block(
              revisions.all().size() < 2
                  ? "there is no older revision: nothing to go back to. Deploy a good version"
                  : "no older revision is left whose images differ from the bad one's; pass --to where the rest of the template is what went wrong")
          : chosen(inVain.get(0), "there is no other one to go back to");
    }
    Revision newest = untried.get(0);
    candidates.stream()
        .takeWhile(each -> !each.equals(newest))
        .forEach(
            each ->
                warn(
                    each.version().describe()
                        + " did not prove healthy after the last rollback to it: it is bad too; passed over"));
    boolean tied =
        untried.stream()
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

  /** The older ones that are not the bad one under another number or name, the newest first. */
  private List<Revision> differing() {
    List<Revision> candidates = new ArrayList<>();
    for (Revision each : revisions.all()) {
      if (isCurrent(each) || each.isStopped()) {
        continue;
      }
      if (table.isWithdrawn(each)) {
        warn(each.version().describe() + " was withdrawn by an earlier rollback: passed over");
      } else if (each.created().isAfter(current.created())) {
        warn(
            each.version().describe()
                + " was made after what runs now: somebody has gone back from it; passed over");
      } else if (!each.imageNames().equals(current.imageNames())) {
        if (bits.areSame(each, current)) {
          warn(
              each.version().describe()
                  + " runs the very bits of the bad one under another name: passed over");
        } else {
          candidates.add(each);
        }
      }
    }
    return candidates;
  }

  private boolean isCurrent(Revision revision) {
    return revision.uid().equals(current.uid());
  }

  /** What runs now is tried again until somebody says otherwise. */
  private boolean isInVain(Revision revision) {
    return !isCurrent(revision) && table.isUnproven(revision);
  }

  private Optional<Revision> chosen(Revision target, String why) {
    Optional<Moved> moved = bits.moved(target);
    if (moved.isPresent() && !isPulledAnew(target, moved.get().known())) {
      return block(
          "%s cannot come back: %s, and nodes keep what they have of that name. Push the good image under a tag of its own and deploy that, or choose another revision with --to"
              .formatted(target.version().describe(), moved.get().words()));
    }
    findings.add(Finding.ok(CHECK, target.version().describe() + ": " + why));
    if (table.isUnproven(target)) {
      warn(
          target.version().describe()
              + " did not prove healthy after the last rollback to it: it is bad too, or what it needs is not there; --to goes further back");
    }
    moved.ifPresent(tag -> warn(tag.words() + "; C4 fails unless the good one was pushed again"));
    mutableTags(target);
    return Optional.of(target);
  }

  private void mutableTags(Revision target) {
    for (Image image : bits.recorded(target)) {
      if (isPulledAnew(target, image) && !isCurrent(target)) {
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

  private static boolean isPulledAnew(Revision target, Image image) {
    return MutableTag.isPulledAnew(target.template(), image.container());
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

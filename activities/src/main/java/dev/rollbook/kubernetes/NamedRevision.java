package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** How people say which revision they mean: by its number, an image, a tag, a hash or a name. */
final class NamedRevision {

  private NamedRevision() {}

  /**
   * All that it may mean, the newest first, without those that a restart repeated.
   *
   * @param container whose tag it is rather than another one's; else the first one's
   */
  static List<Revision> meant(Revisions revisions, Optional<String> container, String to) {
    // as for kubectl, a number is a revision's, even where images bear it as their tag
    return Stream.<Predicate<Revision>>of(
            each -> isNumber(each, to),
            each -> isNamed(each, to) || isTag(each, container, to),
            each -> each.imageNames().stream().anyMatch(image -> isTag(image, to)))
        .map(means -> meant(revisions, means))
        .filter(meant -> !meant.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  private static List<Revision> meant(Revisions revisions, Predicate<Revision> means) {
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
            .anyMatch(image -> image.equals(to) || image.endsWith("/" + to));
  }

  private static boolean isTag(Revision revision, Optional<String> container, String to) {
    List<Container> containers = revision.template().getSpec().getContainers();
    String name = container.orElse(containers.get(0).getName());
    return containers.stream()
        .filter(each -> each.getName().equals(name))
        .anyMatch(each -> isTag(each.getImage(), to));
  }

  private static boolean isTag(String image, String to) {
    return to.equals(MutableTag.tag(image));
  }
}

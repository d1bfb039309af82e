package dev.rollbook.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** How people say which revision they mean: by its number, an image, a tag, a hash or a name. */
final class NamedRevision {

  private NamedRevision() {}

  /** All that it may mean, the newest first, without those that a restart repeated. */
  static List<Revision> meant(Revisions revisions, String to) {
    // as for kubectl, a number is a revision's, even where images bear it as their tag
    List<Revision> numbered = meant(revisions, each -> isNumber(each, to));
    return numbered.isEmpty() ? meant(revisions, each -> isNamed(each, to)) : numbered;
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
            .anyMatch(image -> image.equals(to) || image.endsWith("/" + to))
        || to.equals(MutableTag.tag(mainImage(revision)));
  }

  private static String mainImage(Revision revision) {
    return revision.template().getSpec().getContainers().get(0).getImage();
  }
}

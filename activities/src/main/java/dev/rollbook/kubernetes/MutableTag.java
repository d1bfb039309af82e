package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import java.util.stream.Stream;

/** An image's tag, and whether it may bring other bits than it did. */
final class MutableTag {

  private MutableTag() {}

  /** {@code host:5000/team/shop:1.2@sha256:…} has 1.2; null for none. */
  static String tag(String image) {
    String name = image.replaceFirst("@.*$", "");
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/') ? name.substring(colon + 1) : null;
  }

  /** A new pod asks the registry what the container's tag means: latest, or Always. */
  static boolean isPulledAnew(PodTemplateSpec template, String container) {
    return Stream.concat(
            template.getSpec().getInitContainers().stream(),
            template.getSpec().getContainers().stream())
        .filter(each -> each.getName().equals(container))
        .anyMatch(MutableTag::isPulledAnew);
  }

  private static boolean isPulledAnew(Container container) {
    String tag = tag(container.getImage());
    return !container.getImage().contains("@")
        && (tag == null || tag.equals("latest") || "Always".equals(container.getImagePullPolicy()));
  }
}

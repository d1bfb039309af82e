package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.function.Consumer;

/**
 * What somebody deploys of the shop: one revision of its workload.
 *
 * @param name stands in the template's annotation {@code release}: two of the same name and the
 *     same rest are one revision
 * @param image the shop's image of this tag
 * @param edit a last change to the pods' spec; its first container is the shop
 */
public record Release(String name, String image, Behaviour behaviour, Consumer<PodSpec> edit) {

  /** How its pods do. */
  public enum Behaviour {
    UP,
    /** Starts, but is never ready. */
    UNREADY,
    /** Is ready, but its health URL says DOWN. */
    DOWN,
    /** Is ready, but its health URL says that its database is down. */
    NO_DATABASE,
    /** Starts well, with error lines in its log. */
    ERROR_LINES,
    /** Ends right after its start. */
    CRASHES,
    /** Nobody has its image. */
    NO_IMAGE
  }

  /** Runs the image {@code good}. */
  public static Release good() {
    return new Release("good", "good", Behaviour.UP, spec -> {});
  }

  /** As good, with another image. */
  public static Release other() {
    return new Release("other", "other", Behaviour.UP, spec -> {});
  }

  /** Runs the image {@code bad}, and does so. */
  public static Release bad(Behaviour behaviour) {
    return new Release("bad-" + behaviour, "bad", behaviour, spec -> {});
  }

  /** The same as another revision. */
  public Release named(String other) {
    return new Release(other, image, behaviour, edit);
  }

  public Release edited(Consumer<PodSpec> more) {
    return new Release(name, image, behaviour, edit.andThen(more));
  }

  /** {@code rollbook.local/shop:good} */
  public String reference() {
    return image.contains("/")
        ? image
        : ShopImages.REPOSITORY + (behaviour == Behaviour.NO_IMAGE ? ":missing" : ":" + image);
  }
}

package dev.rollbook.kubernetes;

import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** What somebody may have meant who wrote a name that does not exist. */
final class NearestName {

  private static final int NEAR = 3;
  private static final int LISTED = 20;

  private NearestName() {}

  /** {@code ; did you mean 'shop'? There are: cart, shop}. */
  static String hint(String wanted, Collection<String> known) {
    LevenshteinDistance distance = new LevenshteinDistance(NEAR);
    return known.stream()
            .filter(name -> distance.apply(name, wanted) >= 0)
            .min(Comparator.comparingInt(name -> distance.apply(name, wanted)))
            .map(name -> "; did you mean '" + name + "'?")
            .orElse(".")
        + " There are: "
        + known.stream().sorted().limit(LISTED).collect(Collectors.joining(", "))
        + (known.size() > LISTED ? ", …" : "");
  }
}

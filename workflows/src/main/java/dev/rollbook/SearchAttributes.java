package dev.rollbook;

import io.temporal.common.SearchAttributeKey;
import java.util.List;

/**
 * What runs can be searched by in Temporal. The values are kept in clear: names only, never a
 * secret. All of them must be known to the namespace before the first run starts.
 */
public final class SearchAttributes {

  public static final SearchAttributeKey<String> SERVICE =
      SearchAttributeKey.forKeyword("RollbackService");
  public static final SearchAttributeKey<String> ENVIRONMENT =
      SearchAttributeKey.forKeyword("RollbackEnvironment");
  public static final SearchAttributeKey<String> SECTION =
      SearchAttributeKey.forKeyword("RollbackSection");
  public static final SearchAttributeKey<String> STATE =
      SearchAttributeKey.forKeyword("RollbackState");
  public static final SearchAttributeKey<String> TRIGGER =
      SearchAttributeKey.forKeyword("RollbackTrigger");
  public static final SearchAttributeKey<String> INCIDENT =
      SearchAttributeKey.forKeyword("IncidentId");

  private SearchAttributes() {}

  public static List<SearchAttributeKey<String>> all() {
    return List.of(SERVICE, ENVIRONMENT, SECTION, STATE, TRIGGER, INCIDENT);
  }
}

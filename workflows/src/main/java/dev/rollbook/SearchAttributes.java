package dev.rollbook;

import io.temporal.common.SearchAttributeKey;
import java.util.List;

/** By what runs are found in Temporal UI. Stored in clear: no secrets here. */
public final class SearchAttributes {

  public static final SearchAttributeKey<String> SERVICE = keyword("RollbackService");
  public static final SearchAttributeKey<String> ENVIRONMENT = keyword("RollbackEnvironment");
  public static final SearchAttributeKey<String> SECTION = keyword("RollbackSection");
  public static final SearchAttributeKey<String> STATE = keyword("RollbackState");
  public static final SearchAttributeKey<String> TRIGGER = keyword("RollbackTrigger");
  public static final SearchAttributeKey<String> INCIDENT = keyword("IncidentId");

  private SearchAttributes() {}

  public static List<SearchAttributeKey<String>> all() {
    return List.of(SERVICE, ENVIRONMENT, SECTION, STATE, TRIGGER, INCIDENT);
  }

  private static SearchAttributeKey<String> keyword(String name) {
    return SearchAttributeKey.forKeyword(name);
  }
}

package dev.rollbook.serve;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.BooleanSupplier;

/** What anybody may look at, and what Prometheus scrapes. */
final class Site {

  private static final String OPENAPI = "openapi.json";

  private record Health(String status) {}

  private Site() {}

  /**
   * @param isTemporalThere asked at most once a second
   */
  static List<Route> routes(BooleanSupplier isTemporalThere, Traffic traffic) {
    byte[] document = document();
    return List.of(
        Route.get("/health", true, (request, body) -> Reply.json(200, new Health("UP"))),
        Route.get("/ready", true, (request, body) -> readiness(isTemporalThere.getAsBoolean()))
            .waiting(20),
        Route.get("/metrics", false, (request, body) -> traffic.page()),
        Route.get("/openapi.json", true, (request, body) -> Reply.of(200, Reply.JSON, document)),
        // JSON is YAML
        Route.get(
            "/openapi.yaml", true, (request, body) -> Reply.of(200, "application/yaml", document)));
  }

  private static Reply readiness(boolean isThere) {
    return isThere
        ? Reply.json(200, new Health("UP"))
        : Reply.refused(503, "Temporal does not answer");
  }

  private static byte[] document() {
    try (InputStream in = Site.class.getResourceAsStream(OPENAPI)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("The jar lacks " + OPENAPI + "; build it again", e);
    }
  }
}

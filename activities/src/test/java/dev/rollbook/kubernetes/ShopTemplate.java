package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;

/** The pods of one release: a small HTTP service as a shell script. */
final class ShopTemplate {

  static final String RELEASE = "release";
  static final int PORT = 8083;

  /** What {@code /tmp/state} says is what it does: tests may change it in a running pod. */
  private static final String SERVE =
      """
      trap 'echo Stopping; exit 0' TERM
      echo "$SHOP" >/tmp/state
      cat >/tmp/answer <<'END'
      #!/bin/sh
      read -r method path version
      while IFS= read -r line && [ ${#line} -gt 1 ]; do :; done
      status='200 OK' body='{"status":"UP"}'
      case "$(cat /tmp/state) $path" in
        *' /api/'*) body='[{"id":1,"name":"tea"}]' ;;
        UNREADY*|'DOWN /actuator/health') status='503 Service Unavailable' body='{"status":"DOWN"}' ;;
        'NO_DATABASE /actuator/health')
          status='503 Service Unavailable' body='{"status":"DOWN","components":{"db":{"status":"DOWN"}}}' ;;
      esac
      printf 'HTTP/1.1 %s\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n%s' \\
        "$status" "${#body}" "$body"
      END
      chmod +x /tmp/answer
      if [ "$SHOP" = CRASHES ]; then
        echo 'ERROR no database'
        exit 3
      fi
      [ "$SHOP" != ERROR_LINES ] || echo 'ERROR OutOfMemoryError in ShoppingService'
      nc -ll -p 8083 -e /tmp/answer &
      echo 'Started ShoppingServiceApplication in 1.234 seconds'
      while :; do sleep 3600 & wait $!; done
      """;

  private ShopTemplate() {}

  /** Its pods are ready when they are healthy: not so when their database is down. */
  static void asksHealthForReadiness(PodSpec spec) {
    spec.getContainers().get(0).getReadinessProbe().getHttpGet().setPath("/actuator/health");
  }

  static PodTemplateSpec of(Release release) {
    PodTemplateSpec template =
        new PodTemplateSpecBuilder()
            .withNewMetadata()
            .addToLabels("app", KubernetesShop.NAME)
            .addToAnnotations(RELEASE, release.name())
            .endMetadata()
            .withNewSpec()
            .withTerminationGracePeriodSeconds(1L)
            .withAutomountServiceAccountToken(false)
            .addNewContainer()
            .withName(KubernetesShop.NAME)
            .withImage(release.reference())
            .withImagePullPolicy("IfNotPresent")
            .withCommand("/bin/sh", "-c", SERVE)
            .addNewEnv()
            .withName("SHOP")
            .withValue(release.behaviour().name())
            .endEnv()
            .addNewPort()
            .withName("http")
            .withContainerPort(PORT)
            .endPort()
            .withNewReadinessProbe()
            .withNewHttpGet()
            .withPath("/actuator/health/readiness")
            .withNewPort(PORT)
            .endHttpGet()
            .withPeriodSeconds(1)
            .withTimeoutSeconds(5)
            .endReadinessProbe()
            .endContainer()
            .endSpec()
            .build();
    release.edit().accept(template.getSpec());
    return template;
  }
}

package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBindingBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;

/** A cluster's policy that lets no Deployment of one shop have an image of one tag. */
final class ImagePolicy implements AutoCloseable {

  static final String WORDS = "only signed images";

  private final KubernetesShop shop;
  private final KubernetesClient client;
  private final String name;
  private final String tag;

  /**
   * @param reason by which the API server chooses the status
   */
  ImagePolicy(KubernetesShop shop, String tag, String reason) {
    this.shop = shop;
    this.client = shop.client();
    this.name = shop.namespace();
    this.tag = tag;
    client
        .resource(
            new ValidatingAdmissionPolicyBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withFailurePolicy("Fail")
                .withNewMatchConstraints()
                .addNewResourceRule()
                .withApiGroups("apps")
                .withApiVersions("v1")
                .withOperations("UPDATE")
                .withResources("deployments")
                .endResourceRule()
                .endMatchConstraints()
                .addNewValidation()
                .withExpression(
                    "!object.spec.template.spec.containers.exists(c, c.image.endsWith(':"
                        + tag
                        + "'))")
                .withMessage(WORDS)
                .withReason(reason)
                .endValidation()
                .endSpec()
                .build())
        .create();
    client
        .resource(
            new ValidatingAdmissionPolicyBindingBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withPolicyName(name)
                .withValidationActions("Deny")
                .withNewMatchResources()
                .withNewNamespaceSelector()
                .withMatchLabels(Map.of("kubernetes.io/metadata.name", shop.namespace()))
                .endNamespaceSelector()
                .endMatchResources()
                .endSpec()
                .build())
        .create();
  }

  /** The API server hears of it a little later. */
  void awaitEffective() {
    await().atMost(Duration.ofSeconds(60)).until(() -> catchThrowable(this::tryIt) != null);
  }

  private void tryIt() {
    Deployment now = (Deployment) shop.workload();
    now.getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .get(0)
        .setImage(ShopImages.REPOSITORY + ":" + tag);
    client.resource(now).dryRun().update();
  }

  @Override
  public void close() {
    var admission = client.admissionRegistration().v1();
    admission.validatingAdmissionPolicyBindings().withName(name).delete();
    admission.validatingAdmissionPolicies().withName(name).delete();
  }
}

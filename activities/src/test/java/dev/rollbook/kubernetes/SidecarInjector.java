package dev.rollbook.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.rollbook.SelfSigned;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionReview;
import io.fabric8.kubernetes.api.model.admission.v1.AdmissionReviewBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfigurationBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * As a service mesh: the API server asks it about each new pod of one shop, and it adds a container
 * of its own, every other time of another version.
 */
final class SidecarInjector implements AutoCloseable {

  static final String CONTAINER = "proxy";

  private final KubernetesClient client;
  private final String name;
  private final HttpsServer server;
  private final AtomicInteger asked = new AtomicInteger();

  SidecarInjector(KubernetesShop shop, Path folder)
      throws IOException, GeneralSecurityException, InterruptedException {
    client = shop.client();
    name = shop.namespace();
    KeyStore store = SelfSigned.in(folder.resolve("injector.p12"), "ip:127.0.0.1");
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, SelfSigned.password());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext("/", this::answer);
    server.start();
    client
        .resource(
            new MutatingWebhookConfigurationBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .addNewWebhook()
                .withName("proxy.shop.example")
                .withAdmissionReviewVersions("v1")
                .withSideEffects("None")
                .withFailurePolicy("Fail")
                .withNewClientConfig()
                .withUrl("https://127.0.0.1:" + server.getAddress().getPort() + "/")
                .withCaBundle(bundle(store))
                .endClientConfig()
                .withNewNamespaceSelector()
                .withMatchLabels(Map.of("kubernetes.io/metadata.name", name))
                .endNamespaceSelector()
                .addNewRule()
                .withApiGroups("")
                .withApiVersions("v1")
                .withOperations("CREATE")
                .withResources("pods")
                .endRule()
                .endWebhook()
                .build())
        .create();
  }

  private static String bundle(KeyStore store) throws GeneralSecurityException {
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder()
                .encodeToString(store.getCertificate(SelfSigned.ALIAS).getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    return Base64.getEncoder().encodeToString(pem.getBytes(UTF_8));
  }

  private void answer(HttpExchange exchange) throws IOException {
    AdmissionReview review =
        client
            .getKubernetesSerialization()
            .unmarshal(exchange.getRequestBody(), AdmissionReview.class);
    AdmissionReview answer =
        new AdmissionReviewBuilder()
            .withNewResponse()
            .withUid(review.getRequest().getUid())
            .withAllowed(true)
            .withPatchType("JSONPatch")
            .withPatch(Base64.getEncoder().encodeToString(patch().getBytes(UTF_8)))
            .endResponse()
            .build();
    byte[] body = client.getKubernetesSerialization().asJson(answer).getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String patch() {
    String version = asked.incrementAndGet() % 2 == 0 ? "good" : "other";
    Map<String, Object> proxy =
        Map.of(
            "name",
            CONTAINER,
            "image",
            ShopImages.REPOSITORY + ":" + version,
            "imagePullPolicy",
            "IfNotPresent",
            "command",
            List.of("/bin/sh", "-c", "trap exit TERM; while :; do sleep 1; done"));
    return client
        .getKubernetesSerialization()
        .asJson(List.of(Map.of("op", "add", "path", "/spec/containers/-", "value", proxy)));
  }

  /** The API server hears of it a little later: pods come without, until then. */
  void awaitEffective() {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              client
                  .resource(
                      new PodBuilder()
                          .withNewMetadata()
                          .withName("asked")
                          .withNamespace(name)
                          .endMetadata()
                          .withSpec(ShopTemplate.of(Release.good()).getSpec())
                          .build())
                  .dryRun()
                  .create();
              return asked.get() > 0;
            });
  }

  @Override
  public void close() {
    client.admissionRegistration().v1().mutatingWebhookConfigurations().withName(name).delete();
    server.stop(0);
  }
}

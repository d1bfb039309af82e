package dev.rollbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import com.mysql.cj.jdbc.exceptions.CommunicationsException;
import com.mysql.cj.x.protobuf.Mysqlx;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.temporal.client.WorkflowOptions;
import io.temporal.testing.TestWorkflowEnvironment;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * The libraries of every section work in one JVM, at the versions the parent manages. Left to
 * themselves they pick versions that break each other at run time only.
 */
@Timeout(120)
class LibrariesTogetherTest {

  @Test
  void a_workflow_runs() {
    try (TestWorkflowEnvironment temporal = TestWorkflowEnvironment.newInstance()) {
      temporal.newWorker("greetings").registerWorkflowImplementationTypes(PatientGreeting.class);
      temporal.start();
      WorkflowOptions options = WorkflowOptions.newBuilder().setTaskQueue("greetings").build();

      Greeting greeting = temporal.getWorkflowClient().newWorkflowStub(Greeting.class, options);

      assertThat(greeting.greet(new Name("Jin", Duration.ofHours(1)))).isEqualTo("Hello, Jin");
    }
  }

  @Test
  void a_deployment_is_read_and_written_in_kubernetes() throws IOException {
    String stored =
        """
        {"apiVersion": "apps/v1", "kind": "Deployment",
         "metadata": {"name": "shopping-service", "namespace": "shop", "generation": 7},
         "spec": {"replicas": 3}}
        """;
    try (CannedHttp api = CannedHttp.answering(stored);
        KubernetesClient client = kubernetes(api)) {
      Deployment read =
          client.apps().deployments().inNamespace("shop").withName("shopping-service").get();
      client.resource(read.edit().editSpec().withReplicas(4).endSpec().build()).update();

      assertThat(read.getSpec().getReplicas()).isEqualTo(3);
      assertThat(read.getMetadata().getGeneration()).isEqualTo(7);
      assertThat(api.requests().get(0))
          .startsWith("GET /apis/apps/v1/namespaces/shop/deployments/shopping-service");
      assertThat(api.requests()).last().asString().startsWith("PUT ").contains("\"replicas\":4");
    }
  }

  @Test
  void docker_answers_its_version_over_tcp() throws IOException {
    try (CannedHttp engine = CannedHttp.answering(DOCKER_VERSION)) {
      Version version = dockerVersion("tcp://127.0.0.1:" + engine.port());

      assertThat(version.getVersion()).isEqualTo("28.5.2");
      assertThat(engine.requests()).singleElement().asString().startsWith("GET /v1.44/version");
    }
  }

  @Test
  void docker_answers_its_version_over_a_unix_socket(@TempDir Path directory) throws IOException {
    Path socket = directory.resolve("docker.sock");
    try (CannedUnixSocket engine = CannedUnixSocket.answering(socket, DOCKER_VERSION)) {
      assertThat(dockerVersion(engine.address()).getVersion()).isEqualTo("28.5.2");
    }
  }

  @Test
  void mysql_says_itself_that_nobody_listens() throws IOException {
    String url = "jdbc:mysql://127.0.0.1:" + closedPort() + "/shop?connectTimeout=2000";

    assertThatThrownBy(() -> DriverManager.getConnection(url, "rollbook", "none"))
        .isInstanceOf(CommunicationsException.class)
        .hasMessageContaining("Communications link failure");
  }

  @Test
  void the_messages_of_mysql_fit_the_protobuf_of_temporal() throws Exception {
    byte[] wire =
        Mysqlx.Error.newBuilder()
            .setCode(1045)
            .setSqlState("28000")
            .setMsg("Access denied")
            .build()
            .toByteArray();

    assertThat(Mysqlx.Error.parseFrom(wire).getMsg()).isEqualTo("Access denied");
  }

  @Test
  void what_is_logged_goes_to_logback() {
    assertThat(LoggerFactory.getILoggerFactory()).isInstanceOf(LoggerContext.class);
  }

  @Test
  void the_versions_are_those_the_parent_manages() {
    assertThat(jarOf("com.fasterxml.jackson.annotation.JsonProperty"))
        .startsWith("jackson-annotations-2.22");
    assertThat(jarOf("org.slf4j.Logger")).startsWith("slf4j-api-2.");
    assertThat(jarOf("com.google.common.collect.ImmutableList")).endsWith("-jre.jar");
    assertThat(jarOf("com.google.protobuf.util.JsonFormat").replace("java-util", "java"))
        .isEqualTo(jarOf("com.google.protobuf.Message"));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "com/fasterxml/jackson/annotation/JsonProperty.class",
        "com/google/common/collect/ImmutableList.class",
        "com/google/protobuf/Message.class",
        "com/sun/jna/Native.class",
        "io/fabric8/kubernetes/client/jdkhttp/JdkHttpClientFactory.class",
        "org/slf4j/LoggerFactory.class",
        "org/slf4j/spi/SLF4JServiceProvider.class"
      })
  void there_is_one_of_each(String entry) throws IOException {
    assertThat(Collections.list(getClass().getClassLoader().getResources(entry))).hasSize(1);
  }

  @Test
  void kubernetes_needs_no_second_netty() {
    assertThat(getClass().getClassLoader().getResource("io/vertx/core/Vertx.class")).isNull();
    assertThat(getClass().getClassLoader().getResource("io/netty/channel/Channel.class")).isNull();
  }

  /** Takes its time as long as it was told. */
  @WorkflowInterface
  public interface Greeting {
    @WorkflowMethod
    String greet(Name name);
  }

  public record Name(String name, Duration patience) {}

  public static class PatientGreeting implements Greeting {
    @Override
    public String greet(Name name) {
      Workflow.sleep(name.patience());
      return "Hello, " + name.name();
    }
  }

  private static final String DOCKER_VERSION =
      "{\"Version\": \"28.5.2\", \"ApiVersion\": \"1.51\"}";

  private static KubernetesClient kubernetes(CannedHttp api) {
    // from nothing: never the cluster that the user is logged in to
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + api.port())
            .withRequestTimeout(60_000)
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }

  private static Version dockerVersion(String host) throws IOException {
    var config =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(host)
            .withDockerTlsVerify(false)
            .withApiVersion("1.44")
            .build();
    try (var http =
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(config.getDockerHost())
            .connectionTimeout(Duration.ofSeconds(5))
            .responseTimeout(Duration.ofSeconds(60))
            .build()) {
      return DockerClientImpl.getInstance(config, http).versionCmd().exec();
    }
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String jarOf(String type) {
    try {
      var jar = Class.forName(type).getProtectionDomain().getCodeSource().getLocation();
      return Path.of(jar.toURI()).getFileName().toString();
    } catch (ReflectiveOperationException | java.net.URISyntaxException e) {
      throw new AssertionError(type + " cannot be located", e);
    }
  }
}

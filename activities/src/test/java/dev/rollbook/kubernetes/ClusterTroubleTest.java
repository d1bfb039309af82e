package dev.rollbook.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the client wraps into exceptions that say nothing. */
class ClusterTroubleTest {

  @ParameterizedTest
  @MethodSource
  void names_what_went_wrong_however_deep_it_is(Throwable cause, String words) {
    RuntimeException thrown =
        new ClusterTrouble("https://cluster:6443")
            .of("get version", new KubernetesClientException("failed", new IOException(cause)));

    assertThat(thrown)
        .isInstanceOf(ClusterFailure.Unreachable.class)
        .hasMessageContainingAll("https://cluster:6443", words);
  }

  static Stream<Arguments> names_what_went_wrong_however_deep_it_is() {
    return Stream.of(
        Arguments.of(new ConnectException(), "nothing listens there"),
        Arguments.of(new UnknownHostException("cluster"), "host name is not known"),
        Arguments.of(
            new ConnectException().initCause(new UnresolvedAddressException()),
            "host name is not known"),
        Arguments.of(new SSLHandshakeException("bad certificate"), "bad certificate"),
        Arguments.of(new IOException("reset"), "`get version` broke off"));
  }
}

package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;

/**
 * A port of a pod as one of this machine's, reachable from here alone.
 *
 * @param what for people: {@code pod shop-7d8f9c5b6-x2x4z}
 * @param port the pod's
 */
record Forward(String what, int port, LocalPortForward forward) implements AutoCloseable {

  /** Opens nothing to the pod yet: each connection to it is one of its own. */
  static Forward open(Cluster cluster, String namespace, String pod, int port, String what) {
    return new Forward(
        what,
        port,
        cluster
            .client()
            .pods()
            .inNamespace(namespace)
            .withName(pod)
            .portForward(port, InetAddress.getLoopbackAddress(), 0));
  }

  /** Its end on this machine. */
  InetSocketAddress end() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), forward.getLocalPort());
  }

  /** What was told of the URL that was asked through here, as people know it. */
  String named(URI url, String told) {
    return told.replace(
        url.getScheme() + "://" + url.getRawAuthority(), what + " port " + port + ", ");
  }

  @Override
  public void close() throws IOException {
    forward.close();
  }
}

package dev.rollbook.kubernetes;

import io.fabric8.kubernetes.client.Config;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;

/**
 * The key of a kubeconfig's client certificate. Its algorithm is the certificate's: the client
 * takes RSA for granted, and fails on an elliptic curve's key.
 */
final class ClientKey {

  private ClientKey() {}

  /** {@code EC}; as configured where there is no certificate, or none that can be read. */
  static String algorithm(Config config) {
    try {
      byte[] certificate = certificate(config);
      return certificate.length == 0
          ? config.getClientKeyAlgo()
          : CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate))
              .getPublicKey()
              .getAlgorithm();
    } catch (IOException | CertificateException | IllegalArgumentException unreadable) {
      // the client says so itself when it connects
      return config.getClientKeyAlgo();
    }
  }

  private static byte[] certificate(Config config) throws IOException {
    if (config.getClientCertData() != null) {
      return Base64.getMimeDecoder().decode(config.getClientCertData());
    }
    return config.getClientCertFile() == null
        ? new byte[0]
        : Files.readAllBytes(Path.of(config.getClientCertFile()));
  }
}

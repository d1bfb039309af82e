package dev.rollbook.serve;

import dev.rollbook.catalog.ServeSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** The server's certificate and those whose clients are let in, from PEM or PKCS12 files. */
final class ServerCertificate {

  private static final String INSIDE = "kept in memory only";
  private static final byte[] PROBE = {1, 2, 3};

  private ServerCertificate() {}

  /**
   * @throws IllegalStateException which file, why, what now
   */
  static SslContextFactory.Server of(ServeSettings.Tls tls) {
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    if (tls.isPkcs12()) {
      String password = tls.password().map(secret -> secret.reveal()).orElse("");
      ssl.setKeyStore(pkcs12(tls.certificate(), password));
      ssl.setKeyStorePassword(password);
    } else {
      ssl.setKeyStore(pem(tls.certificate(), tls.key().orElseThrow()));
      ssl.setKeyStorePassword(INSIDE);
    }
    tls.clients()
        .ifPresent(
            file -> {
              ssl.setTrustStore(trusted(file));
              ssl.setWantClientAuth(true);
            });
    return ssl;
  }

  private static KeyStore pkcs12(Path file, String password) {
    return read(
        file,
        () -> {
          try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            return store;
          }
        });
  }

  private static KeyStore pem(Path certificate, Path key) {
    PrivateKey secret = read(key, () -> privateKey(Files.readString(key)));
    return read(
        certificate,
        () -> {
          List<Certificate> chain = certificates(certificate);
          if (!belongs(secret, chain.get(0).getPublicKey())) {
            throw new GeneralSecurityException("its key is not the one in " + key);
          }
          KeyStore store = empty();
          store.setKeyEntry(
              "server", secret, INSIDE.toCharArray(), chain.toArray(Certificate[]::new));
          return store;
        });
  }

  /** Of two files that are renewed, one comes first. */
  private static boolean belongs(PrivateKey secret, PublicKey known)
      throws GeneralSecurityException {
    String algorithm =
        switch (secret.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    try {
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(secret);
      signing.update(PROBE);
      byte[] signed = signing.sign();
      signing.initVerify(known);
      signing.update(PROBE);
      return signing.verify(signed);
    } catch (InvalidKeyException | SignatureException e) {
      return false; // of another kind
    }
  }

  private static KeyStore trusted(Path file) {
    return read(
        file,
        () -> {
          KeyStore store = empty();
          for (Certificate each : certificates(file)) {
            store.setCertificateEntry("client" + store.size(), each);
          }
          return store;
        });
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    try (InputStream in = Files.newInputStream(file)) {
      List<Certificate> all =
          List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
      if (all.isEmpty()) {
        throw new GeneralSecurityException("no certificate in it");
      }
      return all;
    }
  }

  private static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    String begin = "-----BEGIN PRIVATE KEY-----";
    int from = pem.indexOf(begin);
    int to = pem.indexOf("-----END", Math.max(from, 0));
    if (from < 0 || to < 0) {
      throw new GeneralSecurityException(
          "no unencrypted PKCS8 key in it; `openssl pkcs8 -topk8 -nocrypt` makes one");
    }
    byte[] der =
        Base64.getMimeDecoder()
            .decode(pem.substring(from + begin.length(), to).getBytes(StandardCharsets.US_ASCII));
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // of another kind
      }
    }
    throw new GeneralSecurityException("its key is not of RSA, EC or Ed25519");
  }

  private interface Reading<T> {
    T read() throws GeneralSecurityException, IOException;
  }

  private static <T> T read(Path file, Reading<T> reading) {
    try {
      return reading.read();
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "serve.tls: " + file + " cannot be used: " + e.getMessage(), e);
    }
  }
}

package dev.rollbook.serve;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Self-signed certificates of the JDK's keytool, and a client that shows them. */
record Certificates(Path folder) {

  static final String PASSWORD = "changeit";

  /**
   * @return the PKCS12 file; the same for the same name
   */
  Path make(String name) throws Exception {
    Path file = folder.resolve(name + ".p12");
    if (!Files.exists(file)) {
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  name,
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=" + name,
                  "-ext",
                  "san=ip:127.0.0.1",
                  "-storetype",
                  "PKCS12",
                  "-keystore",
                  file.toString(),
                  "-storepass",
                  PASSWORD)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve(name + ".out").toFile())
              .start();
      if (!keytool.waitFor(120, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        throw new IOException(Files.readString(folder.resolve(name + ".out")));
      }
    }
    return file;
  }

  private static KeyStore store(Path file) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".p12", "");
  }

  Path pem(Path file) throws Exception {
    return write(file, ".pem", "CERTIFICATE", store(file).getCertificate(name(file)).getEncoded());
  }

  Path key(Path file) throws Exception {
    byte[] key = store(file).getKey(name(file), PASSWORD.toCharArray()).getEncoded();
    return write(file, ".key", "PRIVATE KEY", key);
  }

  private Path write(Path file, String ending, String kind, byte[] der) throws IOException {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        folder.resolve(name(file) + ending),
        "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(kind, base64, kind));
  }

  /**
   * @param client its certificate; empty for none
   * @return the answer's status
   */
  int post(URI server, Optional<Path> client, byte[] body, String... headers) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", store(make("server")).getCertificate("server"));
    trust.init(trusted);
    KeyManager[] keys = new KeyManager[0];
    if (client.isPresent()) {
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store(client.get()), PASSWORD.toCharArray());
      keys = factory.getKeyManagers();
    }
    SSLContext ssl = SSLContext.getInstance("TLS");
    ssl.init(keys, trust.getTrustManagers(), null);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve("/webhook/alertmanager"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newBuilder()
        .sslContext(ssl)
        .version(HttpClient.Version.HTTP_1_1)
        .build()
        .send(request.build(), BodyHandlers.ofString())
        .statusCode();
  }

  /** Of the certificate that is served now; nothing is checked. */
  static String subject(URI server) throws Exception {
    try (SSLSocket socket = connect(server)) {
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    }
  }

  /** After the handshake; nothing is checked. */
  static SSLSocket connect(URI server) throws Exception {
    SSLContext ssl = SSLContext.getInstance("TLS");
    ssl.init(null, new TrustManager[] {new Trusting()}, null);
    SSLSocket socket =
        (SSLSocket) ssl.getSocketFactory().createSocket(server.getHost(), server.getPort());
    socket.setSoTimeout(30_000);
    socket.startHandshake();
    return socket;
  }

  /** Takes whatever is shown. */
  private static final class Trusting extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

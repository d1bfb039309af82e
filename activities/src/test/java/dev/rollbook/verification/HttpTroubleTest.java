package dev.rollbook.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates of an authority that is trusted, and wrong all the same, as Java refuses them. */
class HttpTroubleTest {

  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -10d | ip:127.0.0.1    | TLS: the certificate has expired: NotAfter: .+
          +10d | ip:127.0.0.1    | TLS: the certificate is not valid yet: NotBefore: .+
          +0d  | dns:shop.example| TLS: the certificate is for another host: No .*127\\.0\\.0\\.1.*
          """)
  void a_certificate_is_told_by_what_is_wrong_with_it(String from, String host, String words)
      throws Exception {
    keytool("ca", "-ext", "bc:c");
    keytool("leaf", "-signer", "ca", "-startdate", from, "-validity", "5", "-ext", "san=" + host);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls("leaf")));
    server.start();
    try {
      URI url = URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/");
      HttpsURLConnection connection = (HttpsURLConnection) url.toURL().openConnection();
      connection.setSSLSocketFactory(tls("ca").getSocketFactory());

      Throwable refused = catchThrowable(connection::getResponseCode);

      assertThat(new HttpTrouble(url, Duration.ofSeconds(5)).explain(refused).describe())
          .matches(words);
    } finally {
      server.stop(0);
    }
  }

  private File store() {
    return folder.resolve("store.p12").toFile();
  }

  private void keytool(String alias, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                alias,
                "-dname",
                "CN=" + alias,
                "-storepass",
                "changeit",
                "-keystore",
                store().toString()));
    command.addAll(List.of(more));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
  }

  /** Of one entry alone: whose key is shown, and who is trusted. */
  private SSLContext tls(String alias) throws Exception {
    KeyStore all = KeyStore.getInstance(store(), PASSWORD);
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, PASSWORD);
    own.setKeyEntry(alias, all.getKey(alias, PASSWORD), PASSWORD, all.getCertificateChain(alias));
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry(alias, all.getCertificate(alias));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return tls;
  }
}

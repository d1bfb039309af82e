package dev.rollbook;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;

/** A server's key with a certificate that it has signed itself, made by the JDK's own keytool. */
public final class SelfSigned {

  public static final String ALIAS = "server";

  private static final char[] PASSWORD = "changeit".toCharArray();

  private SelfSigned() {}

  public static char[] password() {
    return PASSWORD.clone();
  }

  /**
   * @param file is made
   * @param san whom it is for, as keytool wants it: {@code dns:localhost}
   */
  public static KeyStore in(Path file, String san)
      throws IOException, GeneralSecurityException, InterruptedException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                ALIAS,
                "-dname",
                "CN=test",
                "-ext",
                "san=" + san,
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (keytool.waitFor() != 0) {
      throw new AssertionError("keytool exited " + keytool.exitValue());
    }
    return KeyStore.getInstance(file.toFile(), PASSWORD);
  }
}

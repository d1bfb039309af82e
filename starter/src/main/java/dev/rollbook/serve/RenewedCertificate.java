package dev.rollbook.serve;

import dev.rollbook.catalog.ServeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over what others write into the files of {@code serve.tls}: whoever connects next sees the
 * new certificate. While the files do not fit each other, the old one stays.
 */
final class RenewedCertificate extends AbstractLifeCycle {

  private static final Logger LOG = LoggerFactory.getLogger(RenewedCertificate.class);
  private static final long LOOK_EVERY_MILLIS = 1000;

  private final ServeSettings.Tls tls;
  private final SslContextFactory.Server ssl;
  private final Scheduler scheduler;
  private final List<byte[]> seen = new ArrayList<>();

  /**
   * @param ssl made of these files
   */
  RenewedCertificate(ServeSettings.Tls tls, SslContextFactory.Server ssl, Scheduler scheduler) {
    this.tls = tls;
    this.ssl = ssl;
    this.scheduler = scheduler;
    hasChanged();
  }

  @Override
  protected void doStart() {
    scheduler.schedule(this::look, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    if (!isRunning() && !isStarting()) {
      return;
    }
    try {
      if (hasChanged()) {
        SslContextFactory.Server renewed = ServerCertificate.of(tls);
        ssl.reload(
            now -> {
              now.setKeyStore(renewed.getKeyStore());
              now.setTrustStore(renewed.getTrustStore());
            });
        LOG.info("{} is read anew", tls.certificate());
      }
    } catch (Exception e) {
      LOG.warn("the certificate from before is served on: {}", e.getMessage());
    } finally {
      scheduler.schedule(this::look, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** By what is in them: a file may be put in another's place with any time. */
  private boolean hasChanged() {
    List<byte[]> now = new ArrayList<>();
    now.add(content(tls.certificate()));
    List.of(tls.key(), tls.clients()).forEach(file -> file.ifPresent(it -> now.add(content(it))));
    boolean isSame = now.size() == seen.size();
    for (int i = 0; isSame && i < now.size(); i++) {
      isSame = Arrays.equals(now.get(i), seen.get(i));
    }
    seen.clear();
    seen.addAll(now);
    return !isSame;
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return new byte[0]; // it is being changed, or is told of when it is used
    }
  }
}

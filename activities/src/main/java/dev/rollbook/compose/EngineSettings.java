package dev.rollbook.compose;

import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.AuthConfigurations;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.core.SSLConfig;
import java.net.URI;

/**
 * All that docker-java is told. Its own settings would be gathered from the environment, from
 * system properties and from a file in the home folder; and no registry is ever asked here.
 */
record EngineSettings(URI host, RemoteApiVersion version) implements DockerClientConfig {

  @Override
  public URI getDockerHost() {
    return host;
  }

  @Override
  public RemoteApiVersion getApiVersion() {
    return version;
  }

  @Override
  public String getRegistryUsername() {
    return null;
  }

  @Override
  public String getRegistryPassword() {
    return null;
  }

  @Override
  public String getRegistryEmail() {
    return null;
  }

  @Override
  public String getRegistryUrl() {
    return AuthConfig.DEFAULT_SERVER_ADDRESS;
  }

  @Override
  public AuthConfig effectiveAuthConfig(String imageName) {
    return null;
  }

  @Override
  public AuthConfigurations getAuthConfigurations() {
    return new AuthConfigurations();
  }

  @Override
  @SuppressWarnings("deprecation")
  public SSLConfig getSSLConfig() {
    return null;
  }
}

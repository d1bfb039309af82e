package dev.rollbook.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.rollbook.Payloads;
import dev.rollbook.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Base64;
import java.util.List;

/**
 * Tokens that let whoever holds one do a single thing: {@code KEY.CLAIM.MAC}, with the HMAC-SHA-256
 * over the first two. The first key signs; the others are still believed, so that keys can be
 * changed without breaking links that are out.
 */
public final class LinkToken {

  private static final int SHORTEST_KEY = 32;
  private static final int LONGEST_TOKEN = 4096;

  private final List<Key> keys;
  private final Clock clock;

  /**
   * @param id letters, digits and '-'; stands in every token
   */
  public record Key(String id, Secret secret) {}

  /**
   * What a token stands for.
   *
   * @param workflow the id of the escalation, or of the run, to tell
   * @param incident names it for ever, or what a run asks
   * @param expires in seconds since 1970
   */
  public record Claim(
      String incident,
      String workflow,
      String level,
      String recipient,
      String action,
      long expires) {

    /** False for a token of another incident, or for another deed. */
    public boolean allows(String deed, String ofIncident) {
      return deed.equals(action) && ofIncident.equals(incident);
    }
  }

  /** Why a token is not believed, in words for whoever holds it; never the token. */
  public static final class Refused extends Exception {

    private Refused(String why) {
      super(why);
    }
  }

  public LinkToken(List<Key> keys, Clock clock) {
    this.keys = List.copyOf(keys);
    this.clock = clock;
  }

  /**
   * @throws IllegalStateException naming what keeps the key from being used
   */
  public String issue(Claim claim) {
    Key key = keys.get(0);
    try {
      String signed = key.id() + "." + encode(Payloads.mapper().writeValueAsBytes(claim));
      return signed + "." + encode(mac(key, signed));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A claim is always JSON", e);
    }
  }

  /** What the token stands for; whether that is what it is held out for, the claim tells. */
  public Claim verify(String token) throws Refused {
    String[] parts =
        token == null || token.length() > LONGEST_TOKEN ? new String[0] : token.split("\\.", -1);
    if (parts.length != 3) {
      throw new Refused("this link is not complete; copy all of it");
    }
    Key key =
        keys.stream()
            .filter(each -> each.id().equals(parts[0]))
            .findFirst()
            .orElseThrow(
                () -> new Refused("this link was signed with a key that is no longer known"));
    if (!MessageDigest.isEqual(mac(key, parts[0] + "." + parts[1]), decode(parts[2]))) {
      throw new Refused("this link was not made here, or was changed");
    }
    Claim claim = claim(decode(parts[1]));
    if (claim.expires() <= clock.instant().getEpochSecond()) {
      throw new Refused("this link has expired; answer with the command that came with it");
    }
    return claim;
  }

  private static byte[] mac(Key key, String signed) {
    String secret = key.secret().reveal();
    if (secret.length() < SHORTEST_KEY) {
      throw new IllegalStateException(
          "The key " + key.id() + " of links is shorter than " + SHORTEST_KEY + " characters");
    }
    return Digest.hmac(secret, signed.getBytes(StandardCharsets.UTF_8));
  }

  private static Claim claim(byte[] json) throws Refused {
    try {
      return Payloads.mapper().readValue(json, Claim.class);
    } catch (IOException e) {
      throw new Refused("this link was made by another version of Rollbook");
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] decode(String text) throws Refused {
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new Refused("this link was not made here, or was changed");
    }
  }

  /** Everything that may hold one. */
  public List<Secret> secrets() {
    return keys.stream().map(Key::secret).toList();
  }

  @Override
  public String toString() {
    return "LinkToken " + keys.stream().map(Key::id).toList();
  }
}

package dev.rollbook;

/**
 * One exact state of a service: what it ran before, or what it goes back to.
 *
 * @param id absolute and pinned: a full commit SHA, an image ID, a ReplicaSet UID
 * @param label what people call it: a tag, an image name, a revision; never used to act on
 */
public record Version(Kind kind, String id, String label) {

  public enum Kind {
    COMMIT,
    IMAGE,
    REPLICASET,
    CONTROLLERREVISION
  }

  private static final String DIGEST = "sha256:";

  public static Version commit(String sha, String label) {
    return new Version(Kind.COMMIT, sha, label);
  }

  public static Version image(String id, String label) {
    return new Version(Kind.IMAGE, id, label);
  }

  public static Version replicaSet(String uid, String label) {
    return new Version(Kind.REPLICASET, uid, label);
  }

  public static Version controllerRevision(String uid, String label) {
    return new Version(Kind.CONTROLLERREVISION, uid, label);
  }

  public boolean isSameAs(Version other) {
    return other != null && kind == other.kind && id.equals(other.id);
  }

  /**
   * The label with the short id behind it, {@code v2 (1a2b3c4)}; of a revision the label alone,
   * which names its images: {@code revision 2 (shopping-service:1.2.3)}.
   */
  public String describe() {
    String shortId = shortId();
    if (label == null || label.isBlank() || label.equals(shortId)) {
      return shortId;
    }
    boolean isRevision = kind == Kind.REPLICASET || kind == Kind.CONTROLLERREVISION;
    return isRevision ? label : label + " (" + shortId + ")";
  }

  /** As git and Docker write it: 7 digits of a commit, 12 of an image. */
  private String shortId() {
    String digits = id.startsWith(DIGEST) ? id.substring(DIGEST.length()) : id;
    return digits.substring(0, Math.min(kind == Kind.IMAGE ? 12 : 7, digits.length()));
  }
}

package dev.rollbook.decision;

/** A message that cannot be taken, and will not be any better when it is sent again. */
public final class BadMessage extends Exception {

  private final int status;
  private final String pointer;

  private BadMessage(int status, String pointer, String why) {
    super(why);
    this.status = status;
    this.pointer = pointer;
  }

  /** It is no JSON, or none that is believed. */
  static BadMessage malformed(String why) {
    return new BadMessage(400, null, why);
  }

  static BadMessage tooLarge(String why) {
    return new BadMessage(413, null, why);
  }

  /**
   * It is JSON, but not what an Alertmanager sends.
   *
   * @param pointer to what is wrong, as of RFC 6901
   */
  static BadMessage wrong(String pointer, String why) {
    return new BadMessage(422, pointer, why);
  }

  /** Of HTTP. */
  public int status() {
    return status;
  }

  /** Null where nothing can be pointed at. */
  public String pointer() {
    return pointer;
  }
}

package dev.rollbook.decision;

/** What metrics say to a question: yes, no, or nothing that could be believed. */
public enum Shown {
  SHOWN("shown"),
  NOT_SHOWN("not shown"),
  /** Nothing was measured, or nobody could be asked: never a no. */
  UNKNOWN("unknown");

  private final String words;

  Shown(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}

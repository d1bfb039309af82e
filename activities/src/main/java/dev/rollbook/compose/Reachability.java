package dev.rollbook.compose;

/**
 * Whether something that the service depends on answers.
 *
 * @param words what was seen
 */
record Reachability(Answer answer, String words) {

  enum Answer {
    UP("up"),
    DOWN("DOWN"),
    /** Nothing here can tell, which is not the same as down. */
    UNKNOWN("cannot be told");

    private final String word;

    Answer(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  static Reachability up(String words) {
    return new Reachability(Answer.UP, words);
  }

  static Reachability down(String words) {
    return new Reachability(Answer.DOWN, words);
  }

  static Reachability unknown(String words) {
    return new Reachability(Answer.UNKNOWN, words);
  }
}

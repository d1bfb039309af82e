package dev.rollbook.local;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a checkout that did not come to its end has left in the work tree. */
final class HalfCheckout {

  private final Git git;
  private final String from;
  private final String to;

  /**
   * @param from the commit that the work tree was at, clean
   */
  HalfCheckout(Git git, String from, String to) {
    this.git = git;
    this.from = from;
    this.to = to;
  }

  /**
   * Changed files that are not our own half. The tree was clean when planned, so what differs
   * within the files that the checkout moves is ours if that was killed in the middle. If git ended
   * by itself, it may as well have refused to overwrite them: then only what is the target's is
   * ours.
   */
  List<String> othersFiles(boolean killed) throws IOException {
    List<String> others = new ArrayList<>(WorkTree.changedFiles(git));
    Set<String> own = moved();
    if (!killed) {
      own.removeAll(git.fields("diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", to));
    }
    others.removeAll(own);
    return others;
  }

  private Set<String> moved() throws IOException {
    return new HashSet<>(git.fields("diff", "--name-only", "-z", "--no-renames", from, to));
  }
}

package dev.rollbook.compose;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * The edit of the runbook: the service's image set, its build section and a pull policy that would
 * fetch commented out. Nothing else of the text changes.
 */
final class ServiceEdit {

  private static final Pattern BLANK_OR_COMMENT = Pattern.compile("[ \\t]*(#.*)?");

  private final ComposeText text;
  private final ImageLine line;
  private final List<Change> changes = new ArrayList<>();

  /** Replaces text from one offset to another. */
  private record Change(int from, int to, String by) {}

  /**
   * @param line what is written for the image
   */
  ServiceEdit(ComposeText text, ImageLine line) {
    this.text = text;
    this.line = line;
  }

  /** The edited bytes; the same ones when the file says it already. */
  byte[] pin(String service) throws UnsafeEdit {
    ServiceSection section =
        ServiceSection.of(text, service)
            .orElseThrow(() -> new UnsafeEdit("does not define the service"));
    section.refuseIfShared();
    pin(section);
    return result(service);
  }

  /** As {@link #pin}; a file that does not know the service gets it. */
  byte[] pinOrAdd(String service) throws UnsafeEdit {
    if (ServiceSection.of(text, service).isPresent()) {
      return pin(service);
    }
    String newline = text.newline();
    MappingNode at = text.services().orElse(null);
    MappingNode within = at == null ? text.root() : at;
    NodeTuple first = within.getValue().get(0);
    int column = column(first.getKeyNode());
    String indent = " ".repeat(column);
    String step = at == null ? "  " : " ".repeat(Math.max(2, column));
    String lines =
        at == null
            ? "services:" + newline + line.service(service, step, step, newline)
            : line.service(service, indent, step, newline);
    int start = text.lineStart(text.start(first.getKeyNode()));
    changes.add(new Change(start, start, lines));
    return result(service);
  }

  private void pin(ServiceSection section) throws UnsafeEdit {
    MappingNode mapping = section.mapping();
    NodeTuple image = ComposeText.tuple(mapping, "image");
    NodeTuple build = ComposeText.tuple(mapping, "build");
    int indent = column(mapping.getValue().get(0).getKeyNode());
    for (NodeTuple tuple : mapping.getValue()) {
      column(tuple.getKeyNode());
    }
    if (image == null) {
      NodeTuple before = build == null ? mapping.getValue().get(0) : build;
      int at = text.lineStart(text.start(before.getKeyNode()));
      changes.add(new Change(at, at, line.image(" ".repeat(indent)) + text.newline()));
    } else if (!section.image().equals(Optional.of(line.reference()))) {
      replace(image);
    }
    if (section.builds()) {
      comment(mapping, build);
    }
    NodeTuple policy = ComposeText.tuple(mapping, "pull_policy");
    if (section.pullPolicyFetches()) {
      comment(mapping, policy);
      policy = null;
    }
    if (line.pinsPullPolicy() && policy == null) {
      int at = text.lineStart(text.start(mapping.getValue().get(0).getKeyNode()));
      changes.add(new Change(at, at, line.pullPolicy(" ".repeat(indent)) + text.newline()));
    }
    if (line.resetsBuild() && !section.resetsBuild()) {
      int at = text.lineStart(text.start(mapping.getValue().get(0).getKeyNode()));
      changes.add(new Change(at, at, line.noBuild(" ".repeat(indent)) + text.newline()));
    }
  }

  private void replace(NodeTuple image) throws UnsafeEdit {
    int keyEnd = text.end(image.getKeyNode());
    int lineEnd = text.lineEnd(keyEnd);
    if (!(image.getValueNode() instanceof ScalarNode value)) {
      throw new UnsafeEdit("has an image that is no text");
    }
    if (text.start(value) < keyEnd) {
      throw new UnsafeEdit("takes the image from an anchor elsewhere");
    }
    if (value.getAnchor().isPresent()) {
      throw new UnsafeEdit("gives the image an anchor that others refer to");
    }
    boolean empty = value.getValue().isEmpty() && text.end(value) == text.start(value);
    int colon = text.text().indexOf(':', keyEnd);
    int from = empty ? colon + 1 : text.start(value);
    int to = empty ? colon + 1 : text.end(value);
    if (colon < 0 || from > lineEnd || to > lineEnd) {
      throw new UnsafeEdit("writes the image over several lines");
    }
    if (!text.text().substring(colon + 1, from).isBlank()
        || !text.text().substring(keyEnd, colon).isBlank()) {
      throw new UnsafeEdit("writes the image in an unusual way");
    }
    String rest = text.text().substring(to, lineEnd);
    if (!BLANK_OR_COMMENT.matcher(rest).matches()) {
      throw new UnsafeEdit("has more than the image in its line");
    }
    String was = text.text().substring(from, to).strip();
    changes.add(new Change(from, lineEnd, (empty ? " " : "") + line.value(was) + tail(rest)));
  }

  /** An older comment stays, behind ours. */
  private static String tail(String rest) {
    return rest.isBlank() ? rest : " " + rest.stripLeading();
  }

  /**
   * Comments a key and its value out. Comments and blank lines below it may belong to the next key,
   * and need no second sign.
   */
  private void comment(MappingNode mapping, NodeTuple tuple) throws UnsafeEdit {
    int key = text.start(tuple.getKeyNode());
    if (text.start(tuple.getValueNode()) < key) {
      throw new UnsafeEdit(
          "takes the service's " + ComposeText.keyOf(tuple) + " from an anchor elsewhere");
    }
    int start = text.lineStart(key);
    int column = key - start;
    List<int[]> lines = lines(start, end(mapping, tuple));
    while (BLANK_OR_COMMENT.matcher(line(lines.get(lines.size() - 1))).matches()) {
      lines.remove(lines.size() - 1);
    }
    for (int[] each : lines) {
      String content = line(each);
      if (!content.isBlank()) {
        int leading = content.length() - content.stripLeading().length();
        int at = each[0] + Math.min(column, leading);
        changes.add(new Change(at, at, "# "));
      }
    }
  }

  private int end(MappingNode mapping, NodeTuple tuple) {
    List<NodeTuple> all = mapping.getValue();
    int next = all.indexOf(tuple) + 1;
    return next < all.size()
        ? text.lineStart(text.start(all.get(next).getKeyNode()))
        : endOfLast(text.offset(mapping.getEndMark()));
  }

  /** The mark stands at what follows, somewhere in its line. */
  private int endOfLast(int mark) {
    return mark == text.text().length() ? mark : text.lineStart(mark);
  }

  private List<int[]> lines(int from, int to) {
    List<int[]> lines = new ArrayList<>();
    int at = from;
    while (at < to) {
      int end = text.lineEnd(at);
      lines.add(new int[] {at, end});
      at = text.text().startsWith("\r\n", end) ? end + 2 : end + 1;
    }
    return lines;
  }

  private String line(int[] bounds) {
    return text.text().substring(bounds[0], bounds[1]);
  }

  /** Where a key stands in its line, of which it must be the first thing. */
  private int column(Node key) throws UnsafeEdit {
    int at = text.start(key);
    int start = text.lineStart(at);
    if (!text.text().substring(start, at).isBlank()) {
      throw new UnsafeEdit("writes the service's keys in an unusual way ('? key' or an anchor)");
    }
    return at - start;
  }

  private byte[] result(String service) throws UnsafeEdit {
    StringBuilder edited = new StringBuilder(text.text());
    // of two at one place, the later one stands first
    changes.sort(Comparator.comparingInt(Change::from).reversed());
    changes.forEach(change -> edited.replace(change.from(), change.to(), change.by()));
    byte[] bytes = text.bytes(edited.toString());
    new PinnedTree(text, reread(bytes), service).refuseOtherChanges(line);
    return bytes;
  }

  private static ComposeText reread(byte[] bytes) throws UnsafeEdit {
    try {
      return ComposeText.read(bytes);
    } catch (UnsafeEdit e) {
      // an anchor went with the build section
      throw new UnsafeEdit("refers elsewhere to what would be commented out");
    }
  }
}

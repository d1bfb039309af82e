package dev.rollbook.compose;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** A compose file: its text, character by character, and the tree that stands in it. */
final class ComposeText {

  private static final int MOST_BYTES = 4 * 1024 * 1024;
  private static final int DEEPEST = 64;
  private static final String BYTE_ORDER_MARK = "\ufeff";

  private final String mark;
  private final String text;
  private final MappingNode root;

  private ComposeText(String mark, String text, MappingNode root) {
    this.mark = mark;
    this.text = text;
    this.root = root;
  }

  static ComposeText read(byte[] bytes) throws UnsafeEdit {
    if (bytes.length > MOST_BYTES) {
      throw new UnsafeEdit("is larger than " + (MOST_BYTES >> 20) + " MB");
    }
    String all = decode(bytes);
    String mark = all.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
    String text = all.substring(mark.length());
    if (text.chars().anyMatch(c -> c == '\u0085' || c == '\u2028' || c == '\u2029')) {
      // for YAML 1.1, which v1 reads, they end a line
      throw new UnsafeEdit("holds line ends of Unicode's own, which v1 and v2 read differently");
    }
    return new ComposeText(mark, text, root(text));
  }

  /** The file with another text, its byte order mark kept. */
  byte[] bytes(String other) {
    return (mark + other).getBytes(StandardCharsets.UTF_8);
  }

  String text() {
    return text;
  }

  MappingNode root() {
    return root;
  }

  Optional<MappingNode> services() throws UnsafeEdit {
    return Optional.ofNullable(mapping(root, "services", "its services: section"));
  }

  /** The mapping of the service; empty when this file says nothing about it. */
  Optional<MappingNode> service(String name) throws UnsafeEdit {
    Optional<MappingNode> services = services();
    return services.isEmpty()
        ? Optional.empty()
        : Optional.ofNullable(mapping(services.get(), name, "the service"));
  }

  /** The value of a key that stands there once; null when it is missing. */
  static Node value(MappingNode mapping, String key) throws UnsafeEdit {
    NodeTuple found = tuple(mapping, key);
    return found == null ? null : found.getValueNode();
  }

  static NodeTuple tuple(MappingNode mapping, String key) throws UnsafeEdit {
    NodeTuple found = null;
    for (NodeTuple tuple : mapping.getValue()) {
      if (key.equals(keyOf(tuple))) {
        if (found != null) {
          throw new UnsafeEdit("has the key '" + key + "' twice");
        }
        found = tuple;
      }
    }
    return found;
  }

  /** Null for a key that is no scalar. */
  static String keyOf(NodeTuple tuple) {
    return tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : null;
  }

  /** Where a mark of the tree stands in the text. */
  int offset(Optional<Mark> of) {
    return text.offsetByCodePoints(0, of.orElseThrow().getIndex());
  }

  int start(Node node) {
    return offset(node.getStartMark());
  }

  int end(Node node) {
    return offset(node.getEndMark());
  }

  int lineStart(int at) {
    int start = at;
    while (start > 0 && text.charAt(start - 1) != '\n' && text.charAt(start - 1) != '\r') {
      start--;
    }
    return start;
  }

  /** The end of a line without its line end. */
  int lineEnd(int at) {
    int end = at;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    return end;
  }

  /** The file's own line end, as its first line has it. */
  String newline() {
    int end = lineEnd(0);
    if (end == text.length()) {
      return "\n";
    }
    return text.startsWith("\r\n", end) ? "\r\n" : text.substring(end, end + 1);
  }

  private MappingNode mapping(MappingNode in, String key, String what) throws UnsafeEdit {
    NodeTuple tuple = tuple(in, key);
    if (tuple == null) {
      return null;
    }
    Node value = tuple.getValueNode();
    if (start(value) < end(tuple.getKeyNode())) {
      throw new UnsafeEdit("takes " + what + " from an anchor elsewhere");
    }
    if (!(value instanceof MappingNode mapping)) {
      throw new UnsafeEdit("has nothing below " + key + ":");
    }
    if (mapping.getFlowStyle() == FlowStyle.FLOW) {
      throw new UnsafeEdit("writes " + what + " in flow style, {…}");
    }
    return mapping;
  }

  private static String decode(byte[] bytes) throws UnsafeEdit {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new UnsafeEdit("is not UTF-8");
    }
  }

  private static MappingNode root(String text) throws UnsafeEdit {
    try {
      look(text);
      Node node =
          new Compose(settings()).composeString(text).orElseThrow(() -> new UnsafeEdit("is empty"));
      if (!(node instanceof MappingNode mapping)) {
        throw new UnsafeEdit("is no mapping");
      }
      if (mapping.getFlowStyle() == FlowStyle.FLOW) {
        throw new UnsafeEdit("is written in flow style, {…}");
      }
      return mapping;
    } catch (MarkedYamlEngineException e) {
      // not its message: it shows the line, which may hold a secret
      throw new UnsafeEdit(
          "is not YAML"
              + e.getProblemMark().map(mark -> " in line " + (mark.getLine() + 1)).orElse("")
              + (e.getProblem() == null ? "" : ": " + e.getProblem()));
    } catch (YamlEngineException e) {
      throw new UnsafeEdit("is not YAML");
    }
  }

  /** Composing recurses, and would end a hostile file with a full stack. */
  private static void look(String text) throws UnsafeEdit {
    int documents = 0;
    int depth = 0;
    for (Event event : new Parse(settings()).parseString(text)) {
      switch (event.getEventId()) {
        case DocumentStart -> {
          if (++documents > 1) {
            throw new UnsafeEdit("holds several YAML documents");
          }
        }
        case MappingStart, SequenceStart -> {
          if (++depth > DEEPEST) {
            throw new UnsafeEdit("is nested more than " + DEEPEST + " deep");
          }
        }
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
    }
  }

  /** The profiles that any service asks for. */
  Set<String> profiles() throws UnsafeEdit {
    Set<String> profiles = new HashSet<>();
    if (services().isPresent()) {
      for (NodeTuple service : services().get().getValue()) {
        if (service.getValueNode() instanceof MappingNode mapping
            && value(mapping, "profiles") instanceof SequenceNode list) {
          for (Node profile : list.getValue()) {
            if (profile instanceof ScalarNode name) {
              profiles.add(name.getValue());
            }
          }
        }
      }
    }
    return profiles;
  }

  private static LoadSettings settings() {
    return LoadSettings.builder()
        .setSchema(new WithoutMerge())
        .setCodePointLimit(MOST_BYTES)
        .setAllowNonScalarKeys(true)
        .setMaxAliasesForCollections(Integer.MAX_VALUE)
        .build();
  }

  /** A merge key is looked at as the key that is written. */
  private static final class WithoutMerge extends CoreSchema {

    @Override
    public ScalarResolver getScalarResolver() {
      return new CoreScalarResolver(false);
    }
  }
}

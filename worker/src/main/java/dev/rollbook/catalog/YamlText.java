package dev.rollbook.catalog;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The syntax of the catalog: one YAML 1.2 document. Its events are looked at before the tree is
 * composed, because composing recurses and would end a hostile file with a full stack.
 */
final class YamlText {

  static final int DEEPEST = 32;

  /** Far more than any catalog has, far less than an anchors bomb unfolds to. */
  static final int MOST_VALUES = 100_000;

  private static final int LONGEST = 20_000;

  private final Path file;
  private final String text;

  YamlText(Path file, String text) {
    this.file = file;
    this.text = text;
  }

  Node compose() throws InvalidCatalog {
    try {
      look();
      return new Compose(settings()).composeString(text).orElseThrow(this::empty);
    } catch (MarkedYamlEngineException e) {
      // Neither its message nor itself as a cause: they show the line, which may hold a secret.
      throw InvalidCatalog.because(
          file,
          e.getProblemMark().or(e::getContextMark).map(YamlText::place).orElse(Place.START),
          "not YAML: " + words(e));
    } catch (ReaderException e) {
      throw InvalidCatalog.because(
          file,
          CatalogText.placeAfter(text.codePoints().toArray(), e.getPosition()),
          String.format("the character U+%04X cannot stand in YAML", e.getCodePoint()));
    } catch (YamlEngineException e) {
      throw InvalidCatalog.because(
          file, Place.START, "not YAML 1.2 (" + e.getClass().getSimpleName() + ")");
    }
  }

  static Place place(Mark mark) {
    return new Place(mark.getLine() + 1, mark.getColumn() + 1);
  }

  static Place start(Node node) {
    return node.getStartMark().map(YamlText::place).orElse(Place.START);
  }

  private void look() throws InvalidCatalog {
    Set<Anchor> anchors = new HashSet<>();
    int depth = 0;
    int documents = 0;
    int values = 0;
    for (Event event : new Parse(settings()).parseString(text)) {
      // Twice: a key is a node as well.
      if (event instanceof NodeEvent && ++values > 2 * MOST_VALUES) {
        throw at(event, "more than " + MOST_VALUES + " values");
      }
      if (event instanceof NodeEvent node && !(event instanceof AliasEvent)) {
        node.getAnchor().ifPresent(anchors::add);
      }
      switch (event.getEventId()) {
        case DocumentStart -> {
          if (++documents > 1) {
            throw at(event, "a second document begins; a catalog is a single one");
          }
        }
        case MappingStart, SequenceStart -> {
          if (++depth > DEEPEST) {
            throw at(event, "nested more than " + DEEPEST + " deep");
          }
        }
        case MappingEnd, SequenceEnd -> depth--;
        case Alias -> {
          if (!anchors.contains(((AliasEvent) event).getAlias())) {
            throw at(event, "no such anchor before; a text that begins with '*' needs quotes");
          }
        }
        case Scalar -> check((ScalarEvent) event);
        default -> {}
      }
    }
  }

  private void check(ScalarEvent scalar) throws InvalidCatalog {
    if (scalar.getTag().filter(Tag.MERGE.getValue()::equals).isPresent()) {
      throw at(scalar, "merge keys are not of YAML 1.2; write the keys out");
    }
    // Telling the type of a text of megabytes takes seconds.
    if (scalar.getValue().length() > LONGEST) {
      throw at(scalar, "a text of more than " + LONGEST + " characters");
    }
  }

  private InvalidCatalog at(Event event, String message) {
    return InvalidCatalog.because(
        file, event.getStartMark().map(YamlText::place).orElse(Place.START), message);
  }

  private InvalidCatalog empty() {
    return InvalidCatalog.because(
        file, Place.START, "the file is empty; begin with 'version: 1' and 'services:'");
  }

  /** The parser quotes what it found, except where that may be a piece of a value. */
  private static String words(MarkedYamlEngineException e) {
    String problem = e.getProblem() == null ? "unexpected text" : e.getProblem();
    if (problem.contains("tag handle")) {
      return "undefined tag handle; a text that begins with '!' needs quotes";
    }
    return problem.endsWith("but got {")
        ? problem + "; within { } and [ ] a text like ${env:NAME} needs quotes"
        : problem;
  }

  private static LoadSettings settings() {
    return LoadSettings.builder()
        .setSchema(new WithoutMerge())
        .setCodePointLimit(CatalogText.MOST_BYTES)
        // CatalogTree refuses such keys with their place, and counts what aliases unfold to.
        .setAllowNonScalarKeys(true)
        .setMaxAliasesForCollections(Integer.MAX_VALUE)
        .build();
  }

  /** Merging is of YAML 1.1, and {@code a: &a {<<: *a}} would never end. */
  private static final class WithoutMerge extends CoreSchema {

    @Override
    public ScalarResolver getScalarResolver() {
      return new CoreScalarResolver(false);
    }
  }
}

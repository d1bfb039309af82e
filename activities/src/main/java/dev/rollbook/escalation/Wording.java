package dev.rollbook.escalation;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What people are told, in their language: templates of this package, <code>texts.*.properties
 * </code>.
 */
public final class Wording {

  public enum Language {
    EN("texts.en.properties"),
    KO("texts.ko.properties");

    private final String resource;

    Language(String resource) {
      this.resource = resource;
    }
  }

  private static final Pattern PLACE = Pattern.compile("\\{([a-zA-Z]+)}");

  private final Properties templates = new Properties();

  public Wording(Language language) {
    try (InputStream in = Wording.class.getResourceAsStream(language.resource)) {
      templates.load(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException("The jar lacks " + language.resource, e);
    }
  }

  /** The template with its places filled; what is filled in is never read as a template. */
  String say(String template, Map<String, String> values) {
    Matcher place = PLACE.matcher(templates.getProperty(template));
    return place.replaceAll(found -> Matcher.quoteReplacement(values.get(found.group(1))));
  }
}

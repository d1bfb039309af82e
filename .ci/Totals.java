import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/**
 * Adds up the test reports of all modules below the working directory. Exits 1 when a test failed
 * or was skipped for want of an engine, when none passed at all, and when more than a few passed
 * only when they ran again: each of those is named with what it said the first time.
 */
public class Totals {

  private static final Pattern REPORT =
      Pattern.compile("target/(surefire|failsafe)-reports/TEST-[^/]+\\.xml$");
  private static final Pattern ENGINE = Pattern.compile("(?i)engine|temporal|docker|kube");

  /** More than these are no accident of a busy machine. */
  private static final int MOST_FLAKY = 3;

  private int passed;
  private int flaky;
  private int failed;
  private int skipped;
  private int missingEngines;

  public static void main(String[] args) throws Exception {
    Totals totals = new Totals();
    for (Path report : reports()) {
      totals.add(report);
    }
    System.exit(totals.print());
  }

  private static List<Path> reports() throws Exception {
    try (var files = Files.walk(Path.of(""), 4)) {
      return files.filter(file -> REPORT.matcher(file.toString()).find()).sorted().toList();
    }
  }

  private void add(Path report) throws Exception {
    try {
      var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
      builder.setErrorHandler(null);
      var tests = builder.parse(report.toFile()).getElementsByTagName("testcase");
      for (int i = 0; i < tests.getLength(); i++) {
        add((Element) tests.item(i));
      }
    } catch (SAXException e) {
      System.out.println("failed: " + report + " cannot be read: " + e.getMessage());
      failed++;
    }
  }

  private void add(Element test) {
    var name = test.getAttribute("classname") + "." + test.getAttribute("name");
    if (has(test, "skipped")) {
      var reason = first(1, child(test, "skipped"));
      System.out.println("skipped: " + name + ": " + reason);
      skipped++;
      missingEngines += ENGINE.matcher(reason).find() ? 1 : 0;
    } else if (has(test, "failure") || has(test, "error")) {
      var failure = child(test, has(test, "failure") ? "failure" : "error");
      System.out.println("failed: " + name + ": " + first(12, failure));
      failed++;
    } else {
      if (has(test, "flakyFailure") || has(test, "flakyError")) {
        var failure = child(test, has(test, "flakyFailure") ? "flakyFailure" : "flakyError");
        System.out.println("flaky: " + name + ": failed at first: " + first(12, failure).strip());
        flaky++;
      }
      passed++;
    }
  }

  private static boolean has(Element test, String child) {
    return test.getElementsByTagName(child).getLength() > 0;
  }

  private static Element child(Element test, String name) {
    return (Element) test.getElementsByTagName(name).item(0);
  }

  /** What a person reads first; the report has the rest. */
  private static String first(int lines, Element why) {
    var text = why.getTextContent().isBlank() ? why.getAttribute("message") : why.getTextContent();
    var shown = text.lines().filter(line -> !line.isBlank()).limit(lines);
    return shown.reduce((one, next) -> one + "\n  " + next).orElse("no reason given");
  }

  private int print() {
    if (missingEngines > 0) {
      System.out.println(missingEngines + " skipped for want of an engine: see `dev/engines/engines`");
    }
    if (flaky > 0) {
      System.out.printf("%d passed only when run again; at most %d may%n", flaky, MOST_FLAKY);
    }
    System.out.printf("%d passed, %d failed, %d skipped%n", passed, failed, skipped);
    boolean asItShould = passed > 0 && failed == 0 && missingEngines == 0 && flaky <= MOST_FLAKY;
    return asItShould ? 0 : 1;
  }
}

package dev.rollbook.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What all files of a project say about one service, in Compose's order. */
final class ProjectSections {

  private final Map<Path, ServiceSection> sections = new LinkedHashMap<>();
  private final Set<String> profiles = new TreeSet<>();
  private final List<String> unread = new ArrayList<>();

  ProjectSections(List<Path> files, String service) throws IOException {
    for (Path file : files) {
      try {
        ComposeText text = ComposeText.read(Files.readAllBytes(file));
        profiles.addAll(text.profiles());
        ServiceSection.of(text, service).ifPresent(section -> sections.put(file, section));
      } catch (UnsafeEdit e) {
        unread.add(file.getFileName() + " " + e.getMessage());
      }
    }
  }

  /** All of the files that can be read: with them, Compose tells about every service. */
  List<String> profiles() {
    return List.copyOf(profiles);
  }

  /** Which files are not to be understood, and why. */
  Optional<String> unread() {
    return unread.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", unread));
  }

  boolean knowsTheService() {
    return !sections.isEmpty();
  }

  /** As the last file writes it that says one in plain text. */
  Optional<String> image() {
    String image = null;
    for (ServiceSection section : sections.values()) {
      try {
        image = section.image().orElse(image);
      } catch (UnsafeEdit e) {
        // written in a way that is not to be understood
      }
    }
    return Optional.ofNullable(image);
  }

  boolean builds() throws UnsafeEdit {
    return !builders().isEmpty();
  }

  boolean pullPolicyFetches() throws UnsafeEdit {
    boolean fetches = false;
    for (ServiceSection section : sections.values()) {
      fetches = section.setsPullPolicy() ? section.pullPolicyFetches() : fetches;
    }
    return fetches;
  }

  /** The one file whose edit pins the image. */
  Path toEdit() throws UnsafeEdit {
    if (unread().isPresent()) {
      throw new UnsafeEdit(unread().get());
    }
    if (sections.isEmpty()) {
      throw new UnsafeEdit("no file of the project defines the service itself");
    }
    Path file = null;
    List<Path> builders = builders();
    for (Map.Entry<Path, ServiceSection> each : sections.entrySet()) {
      try {
        each.getValue().refuseIfShared();
      } catch (UnsafeEdit e) {
        throw new UnsafeEdit(each.getKey().getFileName() + " " + e.getMessage());
      }
      file = each.getValue().setsImage() ? each.getKey() : file;
    }
    if (file == null) {
      List<Path> all = List.copyOf(sections.keySet());
      file = builders.isEmpty() ? all.get(all.size() - 1) : builders.get(builders.size() - 1);
    }
    for (Path builder : builders) {
      if (!builder.equals(file)) {
        throw new UnsafeEdit(
            file.getFileName()
                + " sets the image, but "
                + builder.getFileName()
                + " has the service's build section");
      }
    }
    for (Map.Entry<Path, ServiceSection> each : sections.entrySet()) {
      if (!each.getKey().equals(file) && each.getValue().pullPolicyFetches()) {
        throw new UnsafeEdit(
            file.getFileName()
                + " sets the image, but "
                + each.getKey().getFileName()
                + " its pull_policy");
      }
    }
    return file;
  }

  private List<Path> builders() throws UnsafeEdit {
    List<Path> builders = new ArrayList<>();
    for (Map.Entry<Path, ServiceSection> each : sections.entrySet()) {
      if (each.getValue().resetsBuild()) {
        builders.clear();
      } else if (each.getValue().builds()) {
        builders.add(each.getKey());
      }
    }
    return builders;
  }
}

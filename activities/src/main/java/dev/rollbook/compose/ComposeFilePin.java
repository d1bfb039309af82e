package dev.rollbook.compose;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import dev.rollbook.compose.ComposePin.Pin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Pins a service's image in its project's Compose files, as the runbook's B3 does by hand. */
public final class ComposeFilePin {

  private static final int DIFF_CONTEXT = 3;

  private final ComposeFiles project;
  private final String service;
  private final ImageLine line;
  private final Path backups;
  private final Predicate<Path> writable;

  /**
   * @param image the reference to pin, of letters, digits and {@code ._/:@-}
   * @param why one line, for the comment behind the image
   * @param backups a folder of ours, outside the project
   */
  public ComposeFilePin(
      ComposeFiles project, String service, String image, String why, Path backups) {
    this(project, service, image, why, backups, Files::isWritable);
  }

  ComposeFilePin(
      ComposeFiles project,
      String service,
      String image,
      String why,
      Path backups,
      Predicate<Path> writable) {
    this.project = project;
    this.service = service;
    this.line = new ImageLine(image, why, false, false);
    this.backups = backups;
    this.writable = writable;
  }

  /**
   * Changes nothing. The first way that is safe and that every Compose accepts: the preferred one,
   * then those after it.
   *
   * @param preferred the way to try first
   * @param validators all of them must accept the result that accept the project as it is
   * @param whileWaiting called at least every second while Compose is asked
   */
  public PinPlan plan(Pin preferred, List<ComposeCommand> validators, Runnable whileWaiting)
      throws IOException {
    if (preferred == Pin.LEAVE) {
      return left("the files are left alone, as asked", "not asked");
    }
    ProjectSections sections = new ProjectSections(project.files(), service);
    try (ConfigCheck check =
        new ConfigCheck(
            project.withProfiles(sections.profiles()), service, validators, whileWaiting)) {
      return plan(preferred, sections, check);
    }
  }

  /**
   * As the other; a file that Compose v2 alone can read is written only where no other reads it.
   *
   * @param all every Compose of this machine
   */
  PinPlan plan(
      Pin preferred,
      List<ComposeCommand> validators,
      Supplier<List<ComposeCommand>> all,
      Runnable whileWaiting)
      throws IOException {
    PinPlan plan = plan(preferred, validators, whileWaiting);
    return plan.resetsBuild() ? plan(preferred, all.get(), whileWaiting) : plan;
  }

  /** As the other, but with what Compose has said to these very files before. */
  PinPlan plan(Pin preferred, ComposePin.Accepted accepted) throws IOException {
    try (ConfigCheck check = ConfigCheck.remembered(project, service, accepted)) {
      return plan(preferred, new ProjectSections(project.files(), service), check);
    }
  }

  /**
   * SHA-256 of all that Compose reads of the project and that can be told from here: its files, the
   * override that may come to them, its variables.
   */
  String digest() throws IOException {
    Set<Path> all = new LinkedHashSet<>(project.files());
    all.add(OverrideFile.of(project).file());
    OverrideFile.unnamed(project).ifPresent(all::add);
    all.addAll(project.variables());
    StringBuilder each = new StringBuilder(line.reference());
    for (Path file : all) {
      each.append('\n')
          .append(file)
          .append(' ')
          .append(PinnedFile.read(file).map(PinnedFile::sha256).orElse("none"));
    }
    return PinnedFile.sha256(each.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A refusal of the project as it is comes last: it is not waited for before the rest is asked.
   */
  private PinPlan plan(Pin preferred, ProjectSections sections, ConfigCheck check)
      throws IOException {
    PinPlan accepted = firstSafe(preferred, sections, check);
    Optional<String> refusal = check.refusal();
    return (refusal.isPresent()
            ? left("Compose refuses the project as it is: " + refusal.get(), "not possible")
            : accepted)
        .naming(check.image().or(sections::image).orElse(null));
  }

  private PinPlan firstSafe(Pin preferred, ProjectSections sections, ConfigCheck check)
      throws IOException {
    if (!sections.knowsTheService() && !check.knowsTheService()) {
      return left(
          sections
              .unread()
              .map(words -> "no file can be read: " + words)
              .orElse("no file of the project defines '" + service + "'"),
          check.describe());
    }
    String reason = "the override file was asked for";
    if (preferred == Pin.EDIT) {
      try {
        return edit(sections, check);
      } catch (UnsafeEdit e) {
        reason = "no safe edit: " + e.getMessage();
      }
    }
    try {
      return override(sections, check, reason);
    } catch (UnsafeEdit e) {
      return left(reason + "; no override: " + e.getMessage(), check.describe());
    }
  }

  private PinPlan edit(ProjectSections sections, ConfigCheck check) throws IOException, UnsafeEdit {
    Path file = sections.toEdit();
    try {
      refuseUnlessWritable(file);
      byte[] before = Files.readAllBytes(file);
      byte[] after = new ServiceEdit(ComposeText.read(before), line).pin(service);
      check.refuseIfDifferent(file, after, line, true);
      Optional<Path> later = OverrideFile.unnamed(project).filter(this::isAboutTheService);
      return new PinPlan(
          Pin.EDIT,
          file.toString(),
          PinnedFile.sha256(before),
          later.isEmpty(),
          false,
          false,
          false,
          "the image is set in "
              + file
              + " itself"
              + later.map(it -> "; but a plain 'docker compose up -d' also reads " + it).orElse(""),
          check.describe(),
          diff(file, before, after),
          null);
    } catch (UnsafeEdit e) {
      throw new UnsafeEdit(file.getFileName() + " " + e.getMessage());
    }
  }

  private PinPlan override(ProjectSections sections, ConfigCheck check, String reason)
      throws IOException, UnsafeEdit {
    boolean builds = sections.builds();
    boolean pinsPolicy = sections.pullPolicyFetches();
    if (builds && check.isV2Only()) {
      try {
        return override(check, reason, pinsPolicy, true, false);
      } catch (UnsafeEdit e) {
        // a v2 too old for !reset
      }
    }
    return override(check, reason, pinsPolicy, false, builds);
  }

  private PinPlan override(
      ConfigCheck check, String reason, boolean pinsPolicy, boolean resetsBuild, boolean builds)
      throws IOException, UnsafeEdit {
    OverrideFile target = OverrideFile.of(project);
    Path file = target.file();
    try {
      refuseUnlessWritable(file);
      Optional<byte[]> before = PinnedFile.read(file);
      byte[] after = overriding(before, pinsPolicy, resetsBuild);
      check.refuseIfDifferent(file, after, line, resetsBuild);
      return new PinPlan(
          Pin.OVERRIDE,
          file.toString(),
          before.map(PinnedFile::sha256).orElse(null),
          target.sticks(),
          resetsBuild,
          builds,
          pinsPolicy,
          reason
              + "; so "
              + file
              + " sets the image. "
              + target.words()
              + (resetsBuild
                  ? ". It takes the build section away by '!reset', which Compose v1 cannot read"
                  : "")
              + (builds
                  ? ". The build section stays, since v1 cannot take it away: 'up --build' would"
                      + " build the service anew and overwrite "
                      + line.reference()
                  : ""),
          check.describe(),
          diff(file, before.orElse(new byte[0]), after),
          null);
    } catch (UnsafeEdit e) {
      throw new UnsafeEdit(file.getFileName() + " " + e.getMessage());
    }
  }

  private byte[] overriding(Optional<byte[]> before, boolean pinsPolicy, boolean resetsBuild)
      throws UnsafeEdit {
    ImageLine written = new ImageLine(line.reference(), line.why(), pinsPolicy, resetsBuild);
    return before.isPresent()
        ? new ServiceEdit(ComposeText.read(before.get()), written).pinOrAdd(service)
        : written.file(service).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Does what was planned: backs the file up, then replaces it at once. Run twice, or again after a
   * crash, it is the same one edit, and the backup holds what stood there before the first.
   *
   * @param planId names the backup
   * @return true when the file was changed by this call
   * @throws io.temporal.failure.ApplicationFailure {@code FileChanged} when somebody changed the
   *     file since it was planned
   */
  public boolean apply(String planId, PinPlan plan) throws IOException {
    if (plan.how() == Pin.LEAVE) {
      return false;
    }
    PinnedFile pinned = new PinnedFile(backups, planId);
    if (!pinned.isKept()) {
      Path file = Path.of(plan.file());
      Optional<byte[]> before = PinnedFile.read(file);
      if (!Objects.equals(before.map(PinnedFile::sha256).orElse(null), plan.before())) {
        throw PinnedFile.changed(file);
      }
      if (!plan.changes()) {
        return false;
      }
      List<Path> files = project.files();
      pinned.keep(file, before, after(plan, before), files.get(files.size() - 1));
    }
    return pinned.write();
  }

  private byte[] after(PinPlan plan, Optional<byte[]> before) {
    try {
      return plan.how() == Pin.EDIT
          ? new ServiceEdit(ComposeText.read(before.orElseThrow()), line).pin(service)
          : overriding(before, plan.pinsPullPolicy(), plan.resetsBuild());
    } catch (UnsafeEdit e) {
      throw new IllegalStateException("planned, and not changed since: " + e.getMessage(), e);
    }
  }

  /**
   * Puts back what stood there before {@link #apply}; run twice it is the same.
   *
   * @return true when the file was changed by this call
   * @throws io.temporal.failure.ApplicationFailure {@code FileChanged} when the file is no longer
   *     what we wrote
   */
  public static boolean restore(Path backups, String planId) throws IOException {
    PinnedFile pinned = new PinnedFile(backups, planId);
    return pinned.isKept() && pinned.putBack();
  }

  private PinPlan left(String reason, String validation) {
    return new PinPlan(
        Pin.LEAVE,
        null,
        null,
        false,
        false,
        false,
        false,
        reason + "; the next 'docker compose up -d' may bring the old image back",
        validation,
        "",
        null);
  }

  private void refuseUnlessWritable(Path file) throws IOException, UnsafeEdit {
    Path real = PinnedFile.real(file);
    if (Files.exists(real) && !writable.test(real)) {
      throw new UnsafeEdit("is not writable for " + user());
    }
    if (Files.exists(real) && !mayKeepOwner(real)) {
      throw new UnsafeEdit(
          "belongs to " + Files.getOwner(real) + ", and " + user() + " could not keep it so");
    }
    for (Path folder : List.of(real.getParent(), file.getParent())) {
      if (!writable.test(folder)) {
        throw new UnsafeEdit("lies in " + folder + ", not writable for " + user());
      }
    }
  }

  /** A file that is replaced is a new one, and only root gives those away. */
  private static boolean mayKeepOwner(Path file) throws IOException {
    return user().equals("root") || Files.getOwner(file).getName().equals(user());
  }

  private static String user() {
    return System.getProperty("user.name");
  }

  private boolean isAboutTheService(Path file) {
    try {
      return new ProjectSections(List.of(file), service).knowsTheService();
    } catch (IOException e) {
      return true;
    }
  }

  private static String diff(Path file, byte[] before, byte[] after) {
    List<String> old = lines(before);
    List<String> diff =
        new ArrayList<>(
            UnifiedDiffUtils.generateUnifiedDiff(
                file.toString(),
                file.toString(),
                old,
                DiffUtils.diff(old, lines(after)),
                DIFF_CONTEXT));
    return diff.isEmpty() ? "" : String.join("\n", diff) + "\n";
  }

  private static List<String> lines(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).lines().toList();
  }
}

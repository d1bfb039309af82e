package dev.rollbook.kubernetes;

import dev.rollbook.kubernetes.KubernetesPin.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A workload's revisions, as kubectl finds them: selected by its labels, and then only those that
 * the workload itself controls. Newest number first.
 *
 * <p>One whose number is missing counts as the oldest; one whose number cannot be read is left out,
 * and named.
 */
final class Revisions {

  private static final String NUMBER = "deployment.kubernetes.io/revision";
  private static final String CHANGE_CAUSE = "kubernetes.io/change-cause";
  private static final String TEMPLATE_HASH = "pod-template-hash";
  static final String REVISION_HASH = "controller-revision-hash";

  /** As kubectl orders them where two have the same number. */
  private static final Comparator<Revision> OLDEST_FIRST =
      Comparator.comparingLong(Revision::number)
          .thenComparing(Revision::created)
          .thenComparing(Revision::name);

  private final WorkloadState workload;
  private final List<Revision> all;
  private final List<String> unreadable;

  private Revisions(WorkloadState workload, List<Revision> all, List<String> unreadable) {
    this.workload = workload;
    this.all = all.stream().sorted(OLDEST_FIRST.reversed()).toList();
    this.unreadable = List.copyOf(unreadable);
  }

  static Revisions of(Cluster cluster, WorkloadState workload) {
    return workload.kind() == Workload.DEPLOYMENT
        ? ofReplicaSets(cluster, workload)
        : ofControllerRevisions(cluster, workload);
  }

  private static Revisions ofReplicaSets(Cluster cluster, WorkloadState workload) {
    List<ReplicaSet> sets =
        cluster.call(
            "list replicasets",
            client ->
                client
                    .apps()
                    .replicaSets()
                    .inNamespace(workload.namespace())
                    .withLabelSelector(workload.selector())
                    .list()
                    .getItems());
    List<ReplicaSet> own = sets.stream().filter(set -> isControlledBy(set, workload)).toList();
    return new Revisions(
        workload,
        own.stream().filter(Revisions::isReadable).map(Revisions::of).toList(),
        own.stream().filter(set -> !isReadable(set)).map(Revisions::name).toList());
  }

  private static Revisions ofControllerRevisions(Cluster cluster, WorkloadState workload) {
    List<ControllerRevision> revisions =
        cluster.call(
            "list controllerrevisions",
            client ->
                client
                    .apps()
                    .controllerRevisions()
                    .inNamespace(workload.namespace())
                    .withLabelSelector(workload.selector())
                    .list()
                    .getItems());
    return new Revisions(
        workload,
        revisions.stream()
            .filter(revision -> isControlledBy(revision, workload))
            .map(revision -> of(revision, workload.kind(), template(cluster, revision)))
            .toList(),
        List.of());
  }

  /** By the owner's UID: labels alone are anybody's. */
  static boolean isControlledBy(HasMetadata object, WorkloadState workload) {
    return isControlledBy(object, workload.uid());
  }

  static boolean isControlledBy(HasMetadata object, String uid) {
    return object.getMetadata().getOwnerReferences().stream()
        .anyMatch(
            owner -> Boolean.TRUE.equals(owner.getController()) && uid.equals(owner.getUid()));
  }

  private static boolean isReadable(ReplicaSet set) {
    String number = annotations(set).get(NUMBER);
    return number == null || number.matches("[+-]?\\d{1,18}");
  }

  private static Revision of(ReplicaSet set) {
    var status = set.getStatus();
    Integer pods = status == null ? null : status.getReplicas();
    Integer ready = status == null ? null : status.getReadyReplicas();
    return new Revision(
        Workload.DEPLOYMENT,
        set.getMetadata().getUid(),
        name(set),
        set.getMetadata().getLabels().get(TEMPLATE_HASH),
        Long.parseLong(annotations(set).getOrDefault(NUMBER, "0")),
        created(set),
        withoutHash(set.getSpec().getTemplate()),
        annotations(set).get(CHANGE_CAUSE),
        pods == null ? 0 : pods,
        ready == null ? 0 : ready);
  }

  private static Revision of(ControllerRevision revision, Workload kind, PodTemplateSpec template) {
    // a StatefulSet's pods carry the revision's name, a DaemonSet's its hash alone
    String hash =
        kind == Workload.STATEFULSET
            ? name(revision)
            : revision.getMetadata().getLabels().get(REVISION_HASH);
    return new Revision(
        kind,
        revision.getMetadata().getUid(),
        name(revision),
        hash,
        revision.getRevision(),
        created(revision),
        template,
        annotations(revision).get(CHANGE_CAUSE),
        0,
        0);
  }

  /** The patch that is in the revision's data, {@code {"spec":{"template":{…}}}}, as a template. */
  private static PodTemplateSpec template(Cluster cluster, ControllerRevision revision) {
    var json = cluster.client().getKubernetesSerialization();
    Map<?, ?> data = json.convertValue(revision.getData(), Map.class);
    Map<?, ?> spec = (Map<?, ?>) data.get("spec");
    Map<Object, Object> template = new HashMap<>((Map<?, ?>) spec.get("template"));
    template.remove("$patch");
    return json.convertValue(template, PodTemplateSpec.class);
  }

  static PodTemplateSpec withoutHash(PodTemplateSpec template) {
    return new PodTemplateSpecBuilder(template)
        .editOrNewMetadata()
        .removeFromLabels(TEMPLATE_HASH)
        .endMetadata()
        .build();
  }

  private static Map<String, String> annotations(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations == null ? Map.of() : annotations;
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getName();
  }

  private static Instant created(HasMetadata object) {
    ObjectMeta metadata = object.getMetadata();
    return metadata.getCreationTimestamp() == null
        ? Instant.EPOCH
        : Instant.parse(metadata.getCreationTimestamp());
  }

  /** Newest number first. */
  List<Revision> all() {
    return all;
  }

  /** Names of those whose number cannot be read, as kubectl leaves them out too. */
  List<String> unreadable() {
    return unreadable;
  }

  Optional<Revision> byUid(String uid) {
    return all.stream().filter(revision -> revision.uid().equals(uid)).findFirst();
  }

  /**
   * The one whose template the workload has now, ignoring the hash: the oldest of several. Empty
   * when the controller has not yet made one for a change that was just written.
   */
  Optional<Revision> current() {
    PodTemplateSpec now = withoutHash(workload.template());
    return all.stream()
        .sorted(Comparator.comparing(Revision::created).thenComparing(Revision::name))
        .filter(revision -> revision.template().equals(now))
        .findFirst();
  }
}

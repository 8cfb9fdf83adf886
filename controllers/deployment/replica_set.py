"""The replica set made for a template, and the notes that a deployment keeps on its sets. Pure.

Notes are annotations: the revision, earlier revisions, and how many pods the deployment wanted and could have when
it last set the size, by which a change of spec.replicas is told from a rollout in progress.

Counterpart: deploymentutil.SetNewReplicaSetAnnotations and what is around it.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.hash import template_hash
from pybernetes.api.object import (
    Json,
    annotations_of,
    controller_reference,
    deep_copy,
    labels_of,
    name_of,
    namespace_of,
)
from pybernetes.controllers.deployment.rolling import max_surge
from pybernetes.controllers.replication_status import min_ready_seconds, wanted_replicas

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = frozenset(
    (
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAXIMUM,
    )
)
_HISTORY_MOST_CHARACTERS = 2000


def same_template(one: Json, other: Json) -> bool:
    """Equal but for the hash label (EqualIgnoreHash)."""
    return bool(_comparable(one) == _comparable(other))


def _comparable(template: Json) -> Json:
    metadata = {name: value for name, value in (template.get("metadata") or {}).items() if value}
    labels = {key: value for key, value in (metadata.pop("labels", None) or {}).items() if key != HASH_LABEL}
    return {"metadata": {**metadata, "labels": labels}, "spec": _without_absent(template.get("spec") or {})}


def _without_absent(value: Any) -> Any:
    """Without nulls and empty lists, which mean the same as nothing."""
    if isinstance(value, dict):
        return {name: _without_absent(item) for name, item in value.items() if item is not None and item != []}
    if isinstance(value, list):
        return [_without_absent(item) for item in value]
    return value


def new_replica_set(deployment: Json) -> Json:
    """The set for the deployment's template, with no pods yet and no notes."""
    template = deep_copy(deployment["spec"]["template"])
    digest = template_hash(template, (deployment.get("status") or {}).get("collisionCount"))
    template.setdefault("metadata", {}).setdefault("labels", {})[HASH_LABEL] = digest
    selector = deep_copy(deployment["spec"].get("selector") or {})
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: digest}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name_of(deployment)}-{digest}",
            "namespace": namespace_of(deployment),
            "labels": dict(labels_of(template)),
            "annotations": {},
            "ownerReferences": [controller_reference(deployment)],
        },
        "spec": {
            "replicas": 0,
            "minReadySeconds": min_ready_seconds(deployment),
            "selector": selector,
            "template": template,
        },
    }


def revision_of(obj: Json) -> int:
    """The revision noted on a set or a deployment; 0 when there is none or it is no number."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def size_notes(deployment: Json) -> dict[str, str]:
    """What a set is told of the deployment's size."""
    wanted = wanted_replicas(deployment)
    return {DESIRED: str(wanted), MAXIMUM: str(wanted + max_surge(deployment))}


def noted_number(replica_set: Json, note: str) -> int | None:
    text = annotations_of(replica_set).get(note, "")
    return int(text) if text.lstrip("-").isdigit() else None


def annotations_of_new(deployment: Json, replica_set: Json, revision: int, *, exists: bool) -> dict[str, str]:
    """The annotations that the deployment's own set should have: the deployment's, and our notes."""
    result = dict(annotations_of(replica_set))
    result |= {key: value for key, value in annotations_of(deployment).items() if key not in _NOT_COPIED}
    noted = result.get(REVISION, "")
    if noted and not (noted.isascii() and noted.isdigit()):
        return result  # somebody else's writing: leave it
    if int(noted or 0) < revision:
        result[REVISION] = str(revision)
        if noted:
            result[REVISION_HISTORY] = _longer_history(result.get(REVISION_HISTORY, ""), noted)
    if not exists:
        result |= size_notes(deployment)
    return result


def _longer_history(history: str, revision: str) -> str:
    """The list of earlier revisions with one more, its oldest dropped where it gets too long."""
    revisions = [*history.split(","), revision] if history else [revision]
    while len(revisions) > 1 and len(",".join(revisions)) > _HISTORY_MOST_CHARACTERS:
        revisions.pop(0)
    return ",".join(revisions)

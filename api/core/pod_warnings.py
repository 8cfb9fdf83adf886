"""What the author of a pod, or of a template of pods, should think about again.

The texts go out as Warning headers of a write that is done all the same: fields out of use, names that hide one
another, amounts that cannot be meant. `path` is empty for a pod and ends in a dot for a template.

Counterpart: pkg/api/pod/warnings.go and pkg/api/node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pybernetes.api.addresses import ip_warnings
from pybernetes.api.core.claim_warnings import claim_spec_warnings
from pybernetes.api.core.deprecated_labels import DEPRECATED_NODE_LABELS
from pybernetes.api.core.pod_annotation_validation import (
    APPARMOR_PREFIX,
    annotated_profile,
    apparmor_profile,
    has_early_ones,
)
from pybernetes.api.core.pod_spec_memory import SpecMemory, spec_key
from pybernetes.api.field import shown
from pybernetes.api.object import Json
from pybernetes.api.quantity import milli

_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_USE_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_USE_APPARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'
_NULL_SELECTOR = "a null labelSelector results in matching no pod"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_ABOUT_NODES = frozenset(("nodeSelector", "affinity", "topologySpreadConstraints"))
_FRACTIONS = ("m", "u", "n")  # how what is less than one is written once it has been decoded
_BYTES = ("memory", "ephemeral-storage")
_WITH_PATHS = frozenset(("configMap", "secret", "downwardAPI", "projected"))
_PARTS = ("initContainers", "containers", "ephemeralContainers")


def pod_warnings(new: Json, old: Json | None) -> list[str]:
    """About a pod; what may change later gives no cause."""
    if old is not None:
        return []
    meta, spec = new.get("metadata") or {}, new.get("spec") or {}
    annotations = meta.get("annotations")
    key = None if annotations and has_early_ones(annotations) else spec_key(spec)
    if key in _plain_specs:
        return []
    found = list(_warnings(meta, spec, ""))
    if key is not None and not found:
        _plain_specs.add(key)
    return found


_plain_specs = SpecMemory()


def template_warnings(spec: Json, path: str) -> list[str]:
    """About the template in a workload's spec at `path`."""
    template = spec.get("template") or {}
    at = f"{path}.template." if path else "template."
    return list(_warnings(template.get("metadata") or {}, template.get("spec") or {}, at))


def workload_warnings(new: Json, old: Json | None) -> list[str]:
    """About a workload that has a template: for a new one, and when its spec changes."""
    spec = new.get("spec") or {}
    if old is not None and spec == (old.get("spec") or {}):
        return []
    return template_warnings(spec, "spec")


def _warnings(meta: Json, spec: Json, path: str) -> Iterator[str]:
    """In Kubernetes' order. Every write of a pod comes here, so a part is looked at only where there is something."""
    annotations = meta.get("annotations") or {}
    if not _ABOUT_NODES.isdisjoint(spec):
        yield from _about_nodes(spec, path)
    for key in _ANNOTATIONS if annotations else ():
        if key in annotations:
            yield f"{path}metadata.annotations[{key}]: {_ANNOTATIONS[key]}"
    if "volumes" in spec:
        for index, volume in enumerate(spec["volumes"]):
            yield from _about_volume(volume, f"{path}spec.volumes[{index}]")
        for volume in spec["volumes"]:
            yield from _about_paths(volume)
    if "hostAliases" in spec or "imagePullSecrets" in spec:
        yield from _about_names(spec, path)
    if "overhead" in spec:
        yield from _about_bytes(spec["overhead"], f"{path}spec.overhead")
    if _SECCOMP_POD in annotations and "seccompProfile" not in (spec.get("securityContext") or {}):
        yield f"{path}metadata.annotations[{_SECCOMP_POD}]: {_USE_SECCOMP}"
    has_ports = False
    for container, at in _containers(spec, path):
        if annotations:
            yield from _about_profiles(container, spec, annotations, path)
        yield from _about_container(container, at)
        has_ports = has_ports or "ports" in container
    if has_ports:
        yield from _about_ports(spec, path)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        where = f"{path}spec.terminationGracePeriodSeconds"
        yield f"{where}: must be >= 0; negative values are invalid and will be treated as 1"
    if "affinity" in spec:
        yield from _about_affinity(spec, path)
    if "dnsConfig" in spec or "hostAliases" in spec:
        yield from _about_addresses(spec, f"{path}spec")


def _about_addresses(spec: Json, path: str) -> Iterator[str]:
    for index, server in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or ()):
        yield from ip_warnings(server, f"{path}.dnsConfig.nameservers[{index}]")
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        yield from ip_warnings(alias.get("ip") or "", f"{path}.hostAliases[{index}].ip")


def _containers(spec: Json, path: str) -> Iterator[tuple[Json, str]]:
    for part in _PARTS:
        for index, container in enumerate(spec.get(part) or ()):
            yield container, f"{path}spec.{part}[{index}]"


def _about_nodes(spec: Json, path: str) -> Iterator[str]:
    for key in spec.get("nodeSelector") or ():
        if key in DEPRECATED_NODE_LABELS:
            yield f"{path}spec.nodeSelector[{key}]: {DEPRECATED_NODE_LABELS[key]}"
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    at = f"{path}spec.affinity.nodeAffinity"
    for index, term in enumerate((affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or ()):
        yield from node_selector_term_warnings(term, f"{at}.{_REQUIRED}.nodeSelectorTerms[{index}]")
    for index, term in enumerate(affinity.get(_PREFERRED) or ()):
        yield from node_selector_term_warnings(term.get("preference") or {}, f"{at}.{_PREFERRED}[{index}].preference")
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        where, key = f"{path}spec.topologySpreadConstraints[{index}]", constraint.get("topologyKey")
        if key in DEPRECATED_NODE_LABELS:
            yield f"{where}.topologyKey: {key} is {DEPRECATED_NODE_LABELS[key]}"
        if constraint.get("labelSelector") is None:
            yield f"{where}.labelSelector: {_NULL_SELECTOR}"


def node_selector_term_warnings(term: Json, path: str) -> Iterator[str]:
    """About labels of nodes that are out of use."""
    for index, requirement in enumerate(term.get("matchExpressions") or ()):
        key = requirement.get("key")
        if key in DEPRECATED_NODE_LABELS:
            yield f"{path}.matchExpressions[{index}].key: {key} is {DEPRECATED_NODE_LABELS[key]}"


def _about_volume(volume: Json, path: str) -> Iterator[str]:
    if not _VOLUMES.keys().isdisjoint(volume):
        for source, message in _VOLUMES.items():
            if source in volume:
                yield f"{path}.{source}: {message}"
    template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
    if template is not None:
        yield from claim_spec_warnings(template.get("spec") or {}, f"{path}.ephemeral.volumeClaimTemplate.spec")


def _about_names(spec: Json, path: str) -> Iterator[str]:
    """Entries of lists that hide one another."""
    for part, field, word in (("hostAliases", "ip", "ip"), ("imagePullSecrets", "name", "name")):
        seen: set[str] = set()
        for index, item in enumerate(spec.get(part) or ()):
            value = item.get(field) or ""
            if value in seen:
                yield f"{path}spec.{part}[{index}].{field}: duplicate {word} {shown(value)}"
            seen.add(value)
    for index, item in enumerate(spec.get("imagePullSecrets") or ()):
        if not item.get("name"):
            yield f'{path}spec.imagePullSecrets[{index}].name: invalid empty name ""'


def _about_bytes(quantities: Json | None, path: str) -> Iterator[str]:
    if quantities:
        for name in _BYTES:
            yield from fractional_bytes(quantities, name, path)


def fractional_bytes(quantities: Json | None, name: str, path: str) -> Iterator[str]:
    """About an amount such as 400m of something that comes in bytes."""
    quantity = (quantities or {}).get(name)
    if quantity is not None and quantity.endswith(_FRACTIONS) and milli(quantity) % 1000:
        yield f'{path}[{name}]: fractional byte value "{quantity}" is invalid, must be an integer'


def _about_profiles(container: Json, spec: Json, annotations: Json, path: str) -> Iterator[str]:
    """Annotations for a container that fields have taken the place of."""
    context, name = container.get("securityContext") or {}, container.get("name") or ""
    if "seccompProfile" not in context and _SECCOMP_CONTAINER + name in annotations:
        yield f"{path}metadata.annotations[{_SECCOMP_CONTAINER}{name}]: {_USE_SECCOMP}"
    said = annotations.get(APPARMOR_PREFIX + name)
    if said is None:
        return
    if "appArmorProfile" not in context if path else _was_taken(said, container, spec):
        yield f"{path}metadata.annotations[{APPARMOR_PREFIX}{name}]: {_USE_APPARMOR}"


def _was_taken(annotation: str, container: Json, spec: Json) -> bool:
    """A new pod has taken the profile from the annotation, or could not make anything of it."""
    profile = annotated_profile(annotation)
    if profile is None:
        return apparmor_profile(container) is None
    return profile == apparmor_profile(container) != apparmor_profile(spec)


def _about_container(container: Json, path: str) -> Iterator[str]:
    resources = container.get("resources")
    if resources:
        for amount in _BYTES:
            for part in ("limits", "requests"):
                if amount in (resources.get(part) or ()):
                    yield from fractional_bytes(resources[part], amount, f"{path}.resources.{part}")
    if len(container.get("env") or ()) > 1:
        yield from _about_env(container["env"], f"{path}.env")


def _about_env(variables: Sequence[Json], path: str) -> Iterator[str]:
    """A variable may build on an earlier one of its name; otherwise it hides it."""
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        name = variable.get("name") or ""
        if name in seen:
            value, reference = variable.get("value") or "", f"$({name})"
            if "valueFrom" in variable or value == reference or reference not in value:
                hidden = f"hides previous definition of {shown(name)}, which may be dropped when using apply"
                yield f"{path}[{index}]: {hidden}"
        seen.add(name)


def _about_ports(spec: Json, path: str) -> Iterator[str]:
    known: dict[tuple[int, str], list[tuple[str, Json]]] = {}
    for container, at in _containers(spec, path):
        for index, port in enumerate(container.get("ports") or ()):
            where = f"{at}.ports[{index}]"
            if port.get("hostIP") and not port.get("hostPort"):
                yield f"{where}: hostIP set without hostPort: {_go_port(port)}"
            others = known.setdefault((port.get("containerPort") or 0, port.get("protocol") or ""), [])
            for other_at, other in others:
                problem = _port_conflict(port, other)
                if problem:
                    yield f"{where}: {problem} port definition with {other_at}"
            others.append((where, port))


def _port_conflict(port: Json, other: Json) -> str:
    address, other_address = port.get("hostIP") or "", other.get("hostIP") or ""
    number, other_number = port.get("hostPort") or 0, other.get("hostPort") or 0
    if address == other_address and number == other_number:
        return "duplicate"
    if not number or not other_number:
        return "overlapping"
    if number == other_number and bool(address) != bool(other_address):
        return "dangerously ambiguous"
    return ""


def _go_port(port: Json) -> str:
    """A port as Go's %+v shows its struct."""
    fields = ("name", ""), ("hostPort", 0), ("containerPort", 0), ("protocol", ""), ("hostIP", "")
    return "{" + " ".join(f"{name[0].upper()}{name[1:]}:{port.get(name) or zero}" for name, zero in fields) + "}"


def _about_affinity(spec: Json, path: str) -> Iterator[str]:
    for part in ("podAffinity", "podAntiAffinity"):
        affinity = (spec.get("affinity") or {}).get(part) or {}
        at = f"{path}spec.affinity.{part}"
        for index, term in enumerate(affinity.get(_REQUIRED) or ()):
            if term.get("labelSelector") is None:
                yield f"{at}.{_REQUIRED}[{index}].labelSelector: {_NULL_SELECTOR}"
        for index, term in enumerate(affinity.get(_PREFERRED) or ()):
            if (term.get("podAffinityTerm") or {}).get("labelSelector") is None:
                yield f"{at}.{_PREFERRED}[{index}].podAffinityTerm.labelSelector: {_NULL_SELECTOR}"


def _about_paths(volume: Json) -> Iterator[str]:
    """Files of one volume that would lie over one another."""
    name = shown(volume.get("name") or "")
    for source, kind, named in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
        items = (volume.get(source) or {}).get("items")
        if items:
            where = f"volume {name} ({kind} {shown(volume[source].get(named) or '')}): overlapping paths"
            yield from _overlaps(_paths(items), where)
    items = (volume.get("downwardAPI") or {}).get("items")
    if items:
        yield from _overlaps(_paths(items), f"volume {name} (DownwardAPI): overlapping paths")
    if "projected" in volume:
        yield from _about_projected(volume["projected"].get("sources") or (), name)


def _about_projected(sources: Iterable[Json], name: str) -> Iterator[str]:
    known: list[str] = []
    for source in sources:
        if not source:
            yield f"volume {name} (Projected) has no sources provided"
            continue
        kind, paths = _projection(source)
        if not paths:
            continue
        where = f"volume {name} (Projected {kind}): overlapping paths"
        yield from _overlaps(paths, where)
        own = list(dict.fromkeys(paths))
        yield from _overlaps(sorted(own + known), where)
        known += [path for path in own if path not in known]


def _projection(source: Json) -> tuple[str, list[str]]:
    for part, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
        if (source.get(part) or {}).get("items"):
            return f"{kind} {shown(source[part].get('name') or '')}", _paths(source[part]["items"])
    if (source.get("downwardAPI") or {}).get("items"):
        return "DownwardAPI", _paths(source["downwardAPI"]["items"])
    if "serviceAccountToken" in source:
        return "ServiceAccountToken", [source["serviceAccountToken"].get("path") or ""]
    bundle = source.get("clusterTrustBundle")
    if bundle is not None:
        named = bundle.get("name") if bundle.get("name") is not None else bundle.get("signerName")
        return f"ClusterTrustBundle {shown(named or '')}", [bundle.get("path") or ""]
    return "", []


def _paths(items: Iterable[Json]) -> list[str]:
    return [item.get("path") or "" for item in items]


def _overlaps(paths: Iterable[str], where: str) -> Iterator[str]:
    seen: list[str] = []
    for path in paths:
        plain = path.rstrip("/")
        for other in seen:
            if not other or not plain:
                break
            if other == plain or f"{other}/".startswith(plain) or f"{plain}/".startswith(other):
                yield f"{where}: {shown(plain)} with {shown(other)}"
                break
        if plain not in seen:
            seen.append(plain)

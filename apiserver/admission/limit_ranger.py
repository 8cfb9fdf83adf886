"""LimitRanger: what containers, pods and claims get by default in a namespace, and how much or little they may ask.

A new pod's containers take the defaults of every LimitRange of the namespace where they say nothing themselves; then
pods and claims must lie within its minima, maxima and ratios. What a container asks for cannot change later (but by a
resize), so updates of pods are not looked at. The messages are Kubernetes'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from pybernetes.api.core.pod_resources import CPU, Amounts, pod_limits, pod_requests
from pybernetes.api.object import Json, is_deleting, metadata
from pybernetes.api.quantity import format_milli, format_quantity, parse_quantity
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation

ANNOTATION = "kubernetes.io/limit-ranger"
_CLAIM = "PersistentVolumeClaim"

Quantities = Mapping[str, str]


class LimitRanger(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return (
            operation.is_for("pods", CREATE)
            or operation.is_for("pods", UPDATE, subresource="resize")
            or operation.is_for("persistentvolumeclaims", CREATE, UPDATE)
        )

    async def admit(self, operation: Operation) -> None:
        if operation.is_for("pods", CREATE) and operation.obj is not None:
            for limit_range in operation.state.cache.list("limitranges", operation.namespace):
                set_container_defaults(operation.obj, limit_range)

    async def validate(self, operation: Operation) -> None:
        obj = operation.obj
        if obj is None or (operation.verb == UPDATE and is_deleting(obj)):
            return
        check = claim_violations if operation.resource.plural == "persistentvolumeclaims" else pod_violations
        for limit_range in operation.state.cache.list("limitranges", operation.namespace):
            found = list(check(obj, limit_range))
            if found:
                raise operation.forbid(found[0] if len(found) == 1 else f"[{', '.join(found)}]")


def _items(limit_range: Json) -> list[Json]:
    return (limit_range.get("spec") or {}).get("limits") or []


def set_container_defaults(pod: Json, limit_range: Json) -> None:
    """Fill in the requests and limits that containers do not name, and say so in an annotation."""
    limits: dict[str, str] = {}
    requests: dict[str, str] = {}
    for item in _items(limit_range):
        if item.get("type") == "Container":
            limits |= item.get("default") or {}
            requests |= item.get("defaultRequest") or {}
    if not limits and not requests:
        return
    done: list[str] = []
    for field, called in (("containers", "container"), ("initContainers", "init container")):
        for container in pod["spec"].get(field) or ():
            resources = container.setdefault("resources", {})
            for part, word, defaults in (("requests", "request", requests), ("limits", "limit", limits)):
                missing = sorted(defaults.keys() - (resources.get(part) or {}).keys())
                if missing:
                    resources[part] = {**(resources.get(part) or {}), **{name: defaults[name] for name in missing}}
                    done.append(f"{', '.join(missing)} {word} for {called} {container['name']}")
    if done:
        annotations = metadata(pod).setdefault("annotations", {})
        annotations[ANNOTATION] = f"LimitRanger plugin set: {'; '.join(done)}"


def pod_violations(pod: Json, limit_range: Json) -> Iterator[str]:
    """What in a pod is outside the range, container by container, and of the pod as a whole."""
    spec = pod["spec"]
    for item in _items(limit_range):
        if item.get("type") == "Container":
            for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
                resources = container.get("resources") or {}
                requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
                yield from _violations(item, requests, limits, _max)
        elif item.get("type") == "Pod":
            yield from _violations(item, _quantities(pod_requests(pod), item), _quantities(pod_limits(pod), item), _max)


def claim_violations(claim: Json, limit_range: Json) -> Iterator[str]:
    """Whether a claim asks for too much or too little storage."""
    requests = (claim["spec"].get("resources") or {}).get("requests") or {}
    for item in _items(limit_range):
        if item.get("type") == _CLAIM:
            sized: Json = {part: item[part] for part in ("type", "min", "max") if part in item}
            yield from _violations(sized, requests, {}, _max_request)


def _quantities(amounts: Amounts, item: Json) -> dict[str, str]:
    """Sums as quantities, spelled in the family of suffixes that the range uses for the resource."""
    spelled = {**(item.get("min") or {}), **(item.get("max") or {})}
    return {
        name: format_milli(value) if name == CPU else format_quantity(Fraction(value), like=spelled.get(name, ""))
        for name, value in amounts.items()
    }


_Rule = Callable[[str, str, str, str | None, str | None], str]


def _violations(item: Json, requests: Quantities, limits: Quantities, max_rule: _Rule) -> Iterator[str]:
    for part, rule in (("min", _min), ("max", max_rule), ("maxLimitRequestRatio", _ratio)):
        for name, bound in sorted((item.get(part) or {}).items()):
            wrong = rule(item["type"], name, bound, requests.get(name), limits.get(name))
            if wrong:
                yield wrong


def _min(kind: str, name: str, bound: str, request: str | None, limit: str | None) -> str:
    said, least = f"minimum {name} usage per {kind} is {bound}", parse_quantity(bound)
    if request is None:
        return f"{said}.  No request is specified"
    if parse_quantity(request) < least:
        return f"{said}, but request is {request}"
    if limit is not None and parse_quantity(limit) < least:
        return f"{said}, but limit is {limit}"
    return ""


def _max(kind: str, name: str, bound: str, request: str | None, limit: str | None) -> str:
    said, most = f"maximum {name} usage per {kind} is {bound}", parse_quantity(bound)
    if limit is None:
        return f"{said}.  No limit is specified"
    if parse_quantity(limit) > most:
        return f"{said}, but limit is {limit}"
    if request is not None and parse_quantity(request) > most:
        return f"{said}, but request is {request}"
    return ""


def _max_request(kind: str, name: str, bound: str, request: str | None, limit: str | None) -> str:
    said = f"maximum {name} usage per {kind} is {bound}"
    if request is None:
        return f"{said}.  No request is specified"
    return f"{said}, but request is {request}" if parse_quantity(request) > parse_quantity(bound) else ""


def _ratio(kind: str, name: str, bound: str, request: str | None, limit: str | None) -> str:
    said = f"{name} max limit to request ratio per {kind} is {bound}"
    if request is None or not parse_quantity(request):
        return f"{said}, but no request is specified or request is 0"
    if limit is None or not parse_quantity(limit):
        return f"{said}, but no limit is specified or limit is 0"
    ratio = parse_quantity(limit) / parse_quantity(request)
    return f"{said}, but provided ratio is {float(ratio):f}" if ratio > parse_quantity(bound) else ""

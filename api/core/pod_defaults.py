"""Defaults of a pod that depend on other fields; fixed ones are declared with the fields.

Some hold for a spec wherever it stands, also in a template (`set_pod_spec_defaults`), and some only for a pod
(`set_pod_defaults`). Counterpart: pkg/apis/core/v1/defaults.go and the conversion of serviceAccount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.core.pod_resources import HUGEPAGES_PREFIX, is_pod_level_resource
from pybernetes.api.object import Json
from pybernetes.api.quantity import format_quantity, parse_quantity

_CONTAINER_PARTS = ("containers", "initContainers", "ephemeralContainers")
_NAME = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/|\[[0-9a-fA-F:]+\](?::[0-9]+)?/)?"
    rf"{_NAME}(?:/{_NAME})*"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?P<digest>@[A-Za-z][A-Za-z0-9+._-]*:[0-9a-fA-F]{32,})?"
)


@lru_cache(1024)
def image_tag(image: str) -> str:
    """The tag of an image: "latest" when it names neither tag nor digest, "" when it cannot be parsed."""
    found = _IMAGE.fullmatch(image)
    if found is None:
        return ""
    return found["tag"] or ("" if found["digest"] else "latest")


@lru_cache(1024)
def default_pull_policy(image: str) -> str:
    """Always for what may change under the same name, IfNotPresent for the rest."""
    return "Always" if image_tag(image) == "latest" else "IfNotPresent"


def set_pod_spec_defaults(spec: Json) -> None:
    """Defaults of a spec, in a pod as in a template. What belongs to features that are off by default goes."""
    spec.pop("schedulingGroup", None)
    for part in _CONTAINER_PARTS:
        for container in spec.get(part) or ():
            if "imagePullPolicy" not in container:
                container["imagePullPolicy"] = default_pull_policy(container.get("image") or "")
            if "lifecycle" in container:
                container["lifecycle"].pop("stopSignal", None)
    for volume in spec.get("volumes") or ():
        _set_volume_defaults(volume)
        for source in (volume.get("projected") or {}).get("sources") or ():
            source.pop("clusterTrustBundle", None)
            source.pop("podCertificate", None)
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    elif "serviceAccount" in spec:
        del spec["serviceAccount"]


def _set_volume_defaults(volume: Json) -> None:
    if len(volume) == 1 and "name" in volume:
        volume["emptyDir"] = {}
    image = volume.get("image")
    if image is not None and "pullPolicy" not in image:
        image["pullPolicy"] = default_pull_policy(image.get("reference") or "")


def set_template_defaults(template: Json) -> None:
    """Defaults of a pod template."""
    spec = template.get("spec")
    if spec is not None:
        set_pod_spec_defaults(spec)


def set_pod_defaults(pod: Json) -> None:
    """Defaults of a pod: those of its spec, requests from limits, host ports."""
    _match_pod_ips(pod.get("status") or {})
    spec = pod.get("spec")
    if spec is None:
        return
    set_pod_spec_defaults(spec)
    for part in ("containers", "initContainers"):
        for container in spec.get(part) or ():
            resources = container.get("resources")
            if resources and resources.get("limits"):
                _default_requests(resources)
    if spec.get("resources"):
        _set_pod_level_defaults(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    if spec.get("hostNetwork"):
        _set_host_ports(spec)


def _match_pod_ips(status: Json) -> None:
    """podIP is the first of podIPs; who knows only one of the two changes both."""
    first, addresses = status.get("podIP"), status.get("podIPs") or ()
    if first and (not addresses or addresses[0].get("ip") != first):
        status["podIPs"] = [{"ip": first}]
    elif addresses and not first:
        status["podIP"] = addresses[0].get("ip", "")


def _default_requests(resources: Json) -> None:
    requests = resources.setdefault("requests", {})
    for name, quantity in resources["limits"].items():
        requests.setdefault(name, quantity)


def _set_host_ports(spec: Json) -> None:
    for part in ("containers", "initContainers"):
        for container in spec.get(part) or ():
            for port in container.get("ports") or ():
                if not port.get("hostPort"):
                    port["hostPort"] = port.get("containerPort", 0)


def _set_pod_level_defaults(spec: Json) -> None:
    """What the pod as a whole requests and may use, as far as its containers tell."""
    whole = spec["resources"]
    if not whole.get("limits") and not whole.get("requests"):
        return
    limits = aggregate(spec, "limits")
    for name, quantity in limits.items():
        if name.startswith(HUGEPAGES_PREFIX) and name not in (whole.get("requests") or ()):
            whole.setdefault("limits", {}).setdefault(name, quantity)
    if whole.get("limits"):
        requests = dict(whole.get("requests") or {})
        for name, quantity in aggregate_requests(spec).items():
            if is_pod_level_resource(name) and not name.startswith(HUGEPAGES_PREFIX):
                requests.setdefault(name, quantity)
        for name, quantity in whole["limits"].items():
            if is_pod_level_resource(name):
                requests.setdefault(name, quantity)
        if requests:
            whole["requests"] = requests


def aggregate_requests(spec: Json) -> dict[str, str]:
    """What the containers of a pod request together, as quantities."""
    return aggregate(spec, "requests")


def aggregate(spec: Json, part: str) -> dict[str, str]:
    """The effective amounts of a pod's containers as quantities; `pod_resources` has them as integers."""
    spelled: dict[str, str] = {}
    total = _amounts(spec.get("containers") or (), part, spelled)
    running: _Exact = {}
    peak: _Exact = {}
    for container in spec.get("initContainers") or ():
        own = _amounts((container,), part, spelled)
        if is_sidecar(container):
            _add(total, own)
            _add(running, own)
            own = dict(running)
        else:
            _add(own, running)
        for name, value in own.items():
            peak[name] = max(peak.get(name, value), value)
    for name, value in peak.items():
        total[name] = max(total.get(name, value), value)
    return {name: format_quantity(value, spelled[name]) for name, value in total.items()}


_Exact = dict[str, Fraction]


def _add(total: _Exact, more: _Exact) -> None:
    for name, value in more.items():
        total[name] = total.get(name, Fraction(0)) + value


def _amounts(containers: Iterable[Json], part: str, spelled: dict[str, str]) -> _Exact:
    """The sum over containers; `spelled` remembers how each resource was written first."""
    total: _Exact = {}
    for container in containers:
        for name, quantity in ((container.get("resources") or {}).get(part) or {}).items():
            spelled.setdefault(name, quantity)
            total[name] = total.get(name, Fraction(0)) + parse_quantity(quantity)
    return total

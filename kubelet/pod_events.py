"""Events about pods and their containers, worded as the kubelet words them."""

from __future__ import annotations

from typing import Protocol

from pybernetes.api.object import Json
from pybernetes.kubelet.pod_spec import find_container

NORMAL, WARNING = "Normal", "Warning"


class Recorder(Protocol):
    """`client.events.EventRecorder`, or what a test puts in its place."""

    def event(self, obj: Json, type: str, reason: str, message: str, *, field_path: str = "") -> None: ...


class PodEvents:
    """Tells of pods; a container's event names the container by its path in the spec."""

    def __init__(self, recorder: Recorder):
        self._recorder = recorder

    def normal(self, pod: Json, reason: str, message: str, *, container: str = "") -> None:
        self._tell(pod, NORMAL, reason, message, container)

    def warning(self, pod: Json, reason: str, message: str, *, container: str = "") -> None:
        self._tell(pod, WARNING, reason, message, container)

    def _tell(self, pod: Json, kind: str, reason: str, message: str, container: str) -> None:
        found = find_container(pod, container) if container else None
        path = f"spec.{found[0].value}{{{container}}}" if found is not None else ""
        about = pod if pod.get("kind") else {"kind": "Pod", "apiVersion": "v1", **pod}
        self._recorder.event(about, kind, reason, message, field_path=path)

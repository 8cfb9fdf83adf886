"""Claims and volumes in use: they stay when they are deleted, and go when nobody uses them any more."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from pybernetes.controllers.volume_protection import (
    CLAIM_FINALIZER,
    VOLUME_FINALIZER,
    claim_protection,
    protected,
    volume_protection,
)
from tests.fakes.control_plane import Cluster


def _finalizers(obj: Json | None) -> list[str] | None:
    return None if obj is None else obj["metadata"]["finalizers"]


@pytest.mark.parametrize(
    ("held", "deleting", "in_use", "wanted"),
    [
        ([], False, False, ["p"]),
        (["other"], False, True, ["other", "p"]),
        (["p"], False, False, None),
        (["p", "other"], True, False, ["other"]),
        (["p"], True, True, None),
        (["other"], True, False, None),
    ],
)
def test_who_keeps_a_finalizer(held: list[str], deleting: bool, in_use: bool, wanted: list[str] | None) -> None:
    metadata: Json = {"name": "a", "finalizers": held}
    if deleting:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert _finalizers(protected({"metadata": metadata}, "p", in_use=in_use)) == wanted


def _pod(name: str, volume: Json, node: str = "n1") -> Json:
    spec = {"volumes": [{"name": "v", **volume}], "containers": [{"name": "c", "image": "x"}], "nodeName": node}
    return {"metadata": {"name": name, "namespace": "default"}, "spec": spec}


async def test_a_claim_goes_with_its_last_pod() -> None:
    cluster = Cluster()
    async with cluster.running(claim_protection):
        claim = {"metadata": {"name": "data", "namespace": "default"}}
        await cluster.client.create("persistentvolumeclaims", claim)
        await cluster.client.create("pods", _pod("p", {"persistentVolumeClaim": {"claimName": "data"}}))
        await cluster.settle()
        assert _finalizers(cluster.api.get("persistentvolumeclaims", "default/data")) == [CLAIM_FINALIZER]
        await cluster.client.delete("persistentvolumeclaims", "data", "default")
        await cluster.settle()
        assert cluster.api.get("persistentvolumeclaims", "default/data") is not None
        await cluster.client.delete("pods", "p", "default", grace_seconds=0)
        await cluster.settle()
        assert cluster.api.get("persistentvolumeclaims", "default/data") is None


async def test_a_pod_without_a_node_does_not_hold_a_claim() -> None:
    cluster = Cluster()
    async with cluster.running(claim_protection):
        claim = {"metadata": {"name": "p-v", "namespace": "default", "finalizers": [CLAIM_FINALIZER]}}
        await cluster.client.create("persistentvolumeclaims", claim)
        await cluster.client.create("pods", _pod("p", {"ephemeral": {}}, node=""))
        await cluster.client.delete("persistentvolumeclaims", "p-v", "default")
        await cluster.settle()
        assert cluster.api.get("persistentvolumeclaims", "default/p-v") is None


async def test_a_volume_goes_when_it_is_not_bound() -> None:
    cluster = Cluster()
    async with cluster.running(volume_protection):
        volume = {"metadata": {"name": "v", "finalizers": [VOLUME_FINALIZER]}, "status": {"phase": "Bound"}}
        await cluster.client.create("persistentvolumes", volume)
        await cluster.client.delete("persistentvolumes", "v")
        await cluster.settle()
        assert cluster.api.get("persistentvolumes", "v") is not None
        cluster.api.change("persistentvolumes", "v", lambda one: one["status"].update(phase="Released"))
        await cluster.settle()
        assert cluster.api.get("persistentvolumes", "v") is None

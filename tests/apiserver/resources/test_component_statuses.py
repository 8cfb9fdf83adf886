"""Component statuses: asked when somebody reads, well and not."""

from __future__ import annotations

from typing import Any

from pybernetes.apiserver.resources.component_statuses import EXTENSION
from tests.apiserver.conftest import Api

PATH = "/api/v1/componentstatuses"


async def _well() -> None:
    pass


async def _broken() -> None:
    raise RuntimeError("connection refused")


async def test_what_components_answer(api: Api, server: Any) -> None:
    server.state.extensions[EXTENSION] = {"etcd-0": _well, "scheduler": _broken}
    found = await api.get(PATH)
    assert (found["kind"], found["metadata"]) == ("ComponentStatusList", {})
    assert found["items"] == [
        {"metadata": {"name": "etcd-0"}, "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}]},
        {
            "metadata": {"name": "scheduler"},
            "conditions": [{"type": "Healthy", "status": "False", "message": "connection refused"}],
        },
    ]
    one = await api.get(f"{PATH}/etcd-0")
    assert (one["kind"], one["metadata"]) == ("ComponentStatus", {"name": "etcd-0"})
    assert (await api.call("GET", f"{PATH}/other"))[0] == 404
    chosen = await api.get(PATH, query={"fieldSelector": "metadata.name=scheduler"})
    assert [item["metadata"]["name"] for item in chosen["items"]] == ["scheduler"]

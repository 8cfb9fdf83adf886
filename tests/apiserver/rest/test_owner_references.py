"""Owners that are named twice: one stays, and the client is told."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api, config_map

PATH = "/api/v1/namespaces/default/configmaps"
MERGE = "application/merge-patch+json"


def owner(uid: str, **more: Any) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": f"o{uid}", "uid": uid, **more}


def told(uids: str, when: str = "") -> str:
    return (
        f'299 - ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in '
        "1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: "
        f'{uids}"'
    )


async def owned(api: Api, method: str, path: str, owners: list[Json], **more: Any) -> tuple[list[Json], str]:
    """The owners that are kept, and the warning."""
    metadata = {"name": "x", "ownerReferences": owners}
    await api.answer(method, path, {**config_map("x"), "metadata": metadata}, **more)
    answer = await api.answer(method, path, {**config_map("x"), "metadata": metadata}, query={"dryRun": "All"}, **more)
    assert isinstance(answer, Response)
    found = await api.get(f"{PATH}/x")
    return found["metadata"]["ownerReferences"], (answer.headers or {}).get("warning", "")


async def test_the_first_of_equals_is_kept(api: Api) -> None:
    twice = [owner("1"), owner("2"), owner("1"), owner("2"), owner("2", blockOwnerDeletion=True)]
    once = [owner("1"), owner("2"), owner("2", blockOwnerDeletion=True)]
    answer = await api.answer("POST", PATH, {**config_map("x"), "metadata": {"name": "x", "ownerReferences": twice}})
    assert isinstance(answer, Response)
    assert (answer.headers or {})["warning"] == told("1, 2")
    assert (await api.get(f"{PATH}/x"))["metadata"]["ownerReferences"] == once
    assert await owned(api, "PUT", f"{PATH}/x", [owner("3"), owner("3")]) == ([owner("3")], told("3"))


async def test_a_patch_is_looked_at_when_admission_has_had_its_say(api: Api) -> None:
    await api.create(PATH, config_map("x"))
    kept, warning = await owned(api, "PATCH", f"{PATH}/x", [owner("1"), owner("1")], content_type=MERGE)
    assert (kept, warning) == ([owner("1")], told("1", " after mutating admission happens"))
    assert await owned(api, "PATCH", f"{PATH}/x", [owner("2")], content_type=MERGE) == ([owner("2")], "")

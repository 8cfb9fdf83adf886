"""Owners that an object names twice: one is dropped, and the client is told.

Counterpart: dedupOwnerReferencesAndAddWarning of apiserver/pkg/endpoints/handlers.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Request

_WHY = (
    ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, and may "
    "reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {uids}"
)


def drop_repeated_owners(request: Request, obj: Json, when: str = "") -> None:
    """Keep the first of owners that are the same in every field."""
    owners = obj["metadata"].get("ownerReferences")
    if not owners or len(owners) == 1:
        return
    kept: list[Json] = []
    repeated: list[str] = []
    for owner in owners:
        if owner in kept:
            repeated.append(str(owner.get("uid", "")))
        else:
            kept.append(owner)
    if repeated:
        obj["metadata"]["ownerReferences"] = kept
        request.warnings.append(_WHY.format(when=when, uids=", ".join(repeated)))


AFTER_ADMISSION = " after mutating admission happens"

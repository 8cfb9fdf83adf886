"""What webhooks and policies make of ``metadata.managedFields``: nothing, unless it still names owners of fields.

Counterpart: apiserver/pkg/endpoints/handlers/fieldmanager/admission.go.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.apply.managers import read_entries
from pybernetes.apiserver.admission.operation import Operation

_FIELD = "managedFields"
_WARNING = (
    ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating "
    "admission controller; please fix your requests: "
)


def owners_of(operation: Operation) -> Any:
    """The entries, as they are now; None where there are none."""
    metadata = (operation.obj or {}).get("metadata")
    return metadata.get(_FIELD) if isinstance(metadata, dict) else None


def keep_owners(operation: Operation, before: Any) -> None:
    """Put back what was there if what is there now cannot be read, and warn of it."""
    after = owners_of(operation)
    if after is before or not after:
        return
    try:
        read_entries(after)
    except ValueError as error:
        assert operation.obj is not None, "only an object has owners"
        operation.obj["metadata"].pop(_FIELD)
        if before is not None:
            operation.obj["metadata"][_FIELD] = before
        operation.warnings.append(f"{_WARNING}{error}")

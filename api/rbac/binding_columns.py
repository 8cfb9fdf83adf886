"""What `get rolebindings` and `get clusterrolebindings` print. Counterpart: pkg/printers/internalversion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pybernetes.api.columns import AGE, NAME, WIDE
from pybernetes.api.definition import Column
from pybernetes.api.object import Json


def _role(binding: Json, now: datetime) -> str:
    reference = binding.get("roleRef") or {}
    return f"{reference.get('kind', '')}/{reference.get('name', '')}"


def _subjects(kind: str) -> Callable[[Json, datetime], str]:
    def cell(binding: Json, now: datetime) -> str:
        shown = []
        for subject in binding.get("subjects") or ():
            if subject.get("kind") == kind:
                prefix = f"{subject.get('namespace', '')}/" if kind == "ServiceAccount" else ""
                shown.append(prefix + subject.get("name", ""))
        return ", ".join(shown)

    return cell


BINDING_COLUMNS = (
    NAME,
    Column("Role", _role, description="What it grants."),
    AGE,
    Column("Users", _subjects("User"), priority=WIDE, description="The users that it is granted to."),
    Column("Groups", _subjects("Group"), priority=WIDE, description="The groups that it is granted to."),
    Column("ServiceAccounts", _subjects("ServiceAccount"), priority=WIDE, description="The accounts of pods."),
)

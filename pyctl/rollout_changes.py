"""The shared half of `rollout pause`, `resume` and `restart`: one small change to each object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.global_flags import DRY_RUN, FIELD_MANAGER, FILES, PRINTING, SELECTOR
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import change
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, each

Json = dict[str, Any]
CHANGE_FLAGS = (*FILES, SELECTOR, *PRINTING, DRY_RUN, FIELD_MANAGER)


def change_each(session: Session, edit: Callable[[Json], None], said: str) -> int:
    """Edit each object and say what became of it. `edit` raises `Failure` for what it cannot change."""
    if not session.values.arguments and not session.values.items("filename"):
        raise Failure("required resource not specified")

    def work(found: Found) -> None:
        try:
            done, _ = change(session, found, edit, manager="kubectl-rollout")
        except APIError as error:
            raise Failure(f"failed to patch: {error.message}") from error
        report(session, done, f"{found.label} {said}")

    each(session, [], work, need_choice=False)
    return 0

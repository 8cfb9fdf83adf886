"""`set resources`: requests and limits of containers."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import pairs
from pybernetes.pyctl.patching import pod_spec
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.setting import SET_FLAGS, containers_of, set_on_each

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    limits = dict(pairs(values.items("limits"), "resource"))
    requests = dict(pairs(values.items("requests"), "resource"))
    if not limits and not requests:
        raise Failure("you must specify an update to requests or limits (in the form of --requests/--limits)")

    def edit(obj: Json) -> None:
        pattern = values.text("containers")
        chosen = [one for one in containers_of(pod_spec(obj), init=False) if fnmatchcase(one["name"], pattern)]
        if not chosen:
            raise Failure(f"unable to find container named {pattern}")
        for container in chosen:
            resources = container.setdefault("resources", {})
            for field, wanted in (("limits", limits), ("requests", requests)):
                if wanted:
                    resources[field] = {**(resources.get(field) or {}), **wanted}

    return set_on_each(session, edit, changed="resource requirements updated")


COMMAND = Command(
    "set resources (-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
    "Update resource requests/limits on objects with pod templates",
    run,
    (
        *SET_FLAGS,
        Flag("containers", default="*", short="c", help="The names of containers, wildcards allowed"),
        Flag("limits", "slice", (), help="Limits: cpu=200m,memory=512Mi"),
        Flag("requests", "slice", (), help="Requests: cpu=100m,memory=256Mi"),
    ),
)

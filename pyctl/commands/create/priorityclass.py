"""`create priorityclass NAME --value`."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    obj: Json = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": one_name(session, "create priorityclass")},
        "value": values.number("value"),
        "preemptionPolicy": values.text("preemption-policy"),
    }
    if values.on("global-default"):
        obj["globalDefault"] = True
    if values.text("description"):
        obj["description"] = values.text("description")
    return create_named(session, obj, "priorityclass")


COMMAND = Command(
    "create priorityclass NAME --value=VALUE --global-default=BOOL",
    "Create a priority class with the specified name",
    run,
    (
        Flag("value", "int", 0, help="The value of this priority class."),
        Flag("global-default", "bool", False, help="Whether this is the class of pods that name none."),
        Flag("description", help="When this priority class should be used."),
        Flag("preemption-policy", default="PreemptLowerPriority", help="PreemptLowerPriority or Never"),
        *CREATE_FLAGS,
    ),
)

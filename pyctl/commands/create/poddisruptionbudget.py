"""`create poddisruptionbudget NAME --selector --min-available|--max-unavailable`."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name, pairs
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    name = one_name(session, "create poddisruptionbudget")
    if not values.text("selector"):
        raise Failure("a selector must be specified")
    least, most = values.text("min-available"), values.text("max-unavailable")
    if bool(least) == bool(most):
        said = "min-available and max-unavailable cannot be both specified" if least else ""
        raise Failure(said or "one of min-available or max-unavailable must be specified")
    field, value = ("minAvailable", least) if least else ("maxUnavailable", most)
    labels = dict(pairs(values.text("selector").split(","), "selector"))
    obj: Json = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {field: int(value) if value.isdigit() else value, "selector": {"matchLabels": labels}},
    }
    return create_named(session, obj, "poddisruptionbudget")


COMMAND = Command(
    "create poddisruptionbudget NAME --selector=SELECTOR --min-available=N",
    "Create a pod disruption budget with the specified name",
    run,
    (
        Flag("selector", help="A label selector to use for this budget: key=value,…"),
        Flag("min-available", help="The minimum number or percentage of available pods."),
        Flag("max-unavailable", help="The maximum number or percentage of unavailable pods."),
        *CREATE_FLAGS,
    ),
)

"""What `certificate approve` and `certificate deny` share: a condition for good, on each request that is named.

A request that has the condition already is left alone (and said to have it), unless --force; one that has the other
is an error, since the two exclude each other. A conflict is tried again from a fresh read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pybernetes.api.errors import APIError, is_conflict
from pybernetes.api.object import format_time
from pybernetes.api.resources import resource
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import FILES, PRINTING, SELECTOR
from pybernetes.pyctl.output.printer import object_printer
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, find_objects

Json = dict[str, Any]

_REQUESTS = resource("certificatesigningrequests.certificates.k8s.io")
_TRIES = 10
FLAGS = (
    *FILES,
    SELECTOR,
    *PRINTING,
    Flag("force", "bool", False, help="Update the request even if it has the condition already."),
)


def decide_on_each(session: Session, kind: str, word: str, verb: str) -> int:
    """Give every request that the command line names a condition: ``Approved``, ``approved``, ``approve``."""
    errors: list[Exception] = []
    arguments = session.values.arguments
    if arguments and not any("/" in argument for argument in arguments):
        session.values.arguments = [_REQUESTS.qualified_name, *arguments]
    if not arguments and not session.values.items("filename") and not session.values.text("selector"):
        raise Failure("one or more CSRs must be specified as <name> or -f <filename>")
    count = 0
    for found in find_objects(session, errors):
        count += 1
        try:
            done = _decide(session, found, kind, word, verb)
        except (APIError, Failure) as error:
            errors.append(error)
            continue
        printer = object_printer(session)
        session.write(printer(done).rstrip("\n") if printer is not None else f"{found.label} {word}")
    if not count and not errors:
        session.write("No resources found")
    raise_all(errors)
    return 0


def _decide(session: Session, found: Found, kind: str, word: str, verb: str) -> Json:
    obj = found.obj
    for attempt in range(1, _TRIES + 1):
        wanted = decided(obj, kind, word, verb, force=session.values.on("force"), now=format_time(datetime.now(UTC)))
        if wanted is None:
            return obj
        try:
            path = found.resource.path("", found.target.name, "approval")
            answer: Json = session.connection.json("PUT", path, session.write_query("kubectl"), body=wanted)
            return answer
        except APIError as error:
            if not is_conflict(error) or attempt == _TRIES:
                raise
        obj = session.connection.json("GET", Target(found.resource, "", found.target.name).path)
    raise AssertionError("the last try raises")


def decided(obj: Json, kind: str, word: str, verb: str, *, force: bool, now: str) -> Json | None:
    """The request with the condition, or None if it has it already. Raises `Failure` if it has the other."""
    status = obj.get("status") or {}
    conditions = status.get("conditions") or []
    other = {"Approved": "Denied", "Denied": "Approved"}[kind]
    if any(one["type"] == other for one in conditions):
        name = obj["metadata"]["name"]
        raise Failure(f'certificate signing request "{name}" is already {other}')
    if any(one["type"] == kind for one in conditions) and not force:
        return None
    condition = {
        "type": kind,
        "status": "True",
        "reason": f"Kubectl{verb.capitalize()}",
        "message": f"This CSR was {word} by kubectl certificate {verb}.",
        "lastUpdateTime": now,
    }
    kept = [one for one in conditions if one["type"] != kind]
    return {**obj, "status": {**status, "conditions": [*kept, condition]}}

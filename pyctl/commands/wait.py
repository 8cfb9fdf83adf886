"""`wait`: until objects are as they shall be: a condition, a value at a path, created, or gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import name_of, namespace_of, uid_of
from pybernetes.pyctl import jsonpath
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL, ALL_NAMESPACES, FIELD_SELECTOR, FILES, PRINTING, SELECTOR
from pybernetes.pyctl.output.printer import object_printer
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, find_objects, list_objects, named_targets, selection_query

Json = dict[str, Any]
Check = Callable[[Json], bool]
POLL_SECONDS, LONGEST_POLL_SECONDS = 0.1, 1.0
NOT_MET = "condition not met for"
WEEK_SECONDS = 168 * 3600.0


def parse_for(text: str) -> tuple[str, Check | None]:
    """(``delete``, ``create`` or ``check``, the check). Raises `Failure`."""
    word = text.lower()
    if word in ("delete", "create"):
        return word, None
    kind, _, rest = text.partition("=")
    if kind == "condition":
        name, _, value = rest.partition("=")
        return "check", lambda obj: _has_condition(obj, name, value or "true")
    if kind == "jsonpath":
        return "check", _jsonpath_check(rest)
    raise Failure(f"unrecognized condition: {text!r}".replace("'", '"'))


def _has_condition(obj: Json, name: str, value: str) -> bool:
    generation = obj["metadata"].get("generation")
    status = obj.get("status") or {}
    observed = status.get("observedGeneration")
    if observed is not None and generation is not None and observed < generation:
        return False
    for condition in status.get("conditions") or ():
        if str(condition.get("type")).lower() == name.lower():
            seen = condition.get("observedGeneration")
            if seen is not None and generation is not None and seen < generation:
                return False
            return bool(str(condition.get("status")).lower() == value.lower())
    return False


def _jsonpath_check(text: str) -> Check:
    expression, equals, value = _split_jsonpath(text)
    if equals and not value:
        raise Failure(
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"
        )
    try:
        path = jsonpath.relaxed(expression.strip("'\""))
    except jsonpath.JSONPathError as error:
        raise Failure(f"error parsing jsonpath: {error}") from error
    wanted = value.strip("'\"")

    def check(obj: Json) -> bool:
        try:
            found = jsonpath.find(path, obj)
        except jsonpath.JSONPathError:
            return False
        if len(found) > 1:
            raise Failure("given jsonpath expression matches more than one value")
        if not found:
            return False
        if isinstance(found[0], dict | list) and equals:
            raise Failure("jsonpath leads to a nested object or list which is not supported")
        return not equals or jsonpath.value_text(found[0]) == wanted

    return check


def _split_jsonpath(text: str) -> tuple[str, str, str]:
    """The expression ends at its closing brace; what follows an equals sign is the value."""
    closing = text.rfind("}")
    if closing < 0:
        return text.partition("=")
    tail = text[closing + 1 :].lstrip("'\"")
    return text[: closing + 1], tail[:1], tail[1:]


def run(session: Session) -> int:
    values = session.values
    if not values.text("for"):
        raise Failure('unrecognized condition: ""')
    if not values.arguments and not values.items("filename"):
        raise Failure("arguments in resource/name form must have a single resource and name")
    kind, check = parse_for(values.text("for"))
    timeout = values.seconds("timeout")
    limit = WEEK_SECONDS if timeout < 0 else timeout
    deadline = time.monotonic() + limit
    if kind == "create":
        return _wait_for_creation(session, deadline)
    errors: list[Exception] = []
    count = 0
    for found in find_objects(session, errors):
        count += 1
        try:
            _wait_for(session, found, kind, check, deadline)
        except (APIError, Failure) as error:
            errors.append(error)
    if kind == "delete":
        errors = [error for error in errors if not is_not_found(error)]
    elif not count and not errors:
        raise Failure("no matching resources found")
    raise_all(errors)
    return 0


def _wait_for(session: Session, found: Found, kind: str, check: Check | None, deadline: float) -> None:
    obj: Json | None = found.obj
    pause = POLL_SECONDS
    while True:
        if kind == "delete":
            if obj is None or uid_of(obj) != uid_of(found.obj):
                _say(session, found, found.obj)
                return
        elif obj is None:
            raise Failure(f'{found.resource.plural} "{found.target.name}" was deleted')
        elif check is not None and check(obj):
            _say(session, found, obj)
            return
        if time.monotonic() >= deadline:
            waited = "timed out waiting for the condition on" if session.values.seconds("timeout") else NOT_MET
            raise Failure(f"{waited} {found.resource.plural}/{found.target.name}")
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 1.3, LONGEST_POLL_SECONDS)
        obj = _read(session, found.target)


def _read(session: Session, target: Target) -> Json | None:
    try:
        return session.connection.json("GET", target.path)
    except APIError as error:
        if is_not_found(error):
            return None
        raise


def _wait_for_creation(session: Session, deadline: float) -> int:
    targets = list(named_targets(session))
    for target in targets:
        if isinstance(target, Exception):
            raise target
        while True:
            found = _created(session, target)
            if found:
                for obj in found:
                    made = Target(target.resource, namespace_of(obj), name_of(obj))
                    _say(session, Found(made, obj), obj)
                break
            if time.monotonic() >= deadline:
                raise Failure(f"timed out waiting for the condition on {target.resource.plural}/{target.name}")
            time.sleep(POLL_SECONDS)
    return 0


def _created(session: Session, target: Target) -> list[Json]:
    if target.name:
        obj = _read(session, target)
        return [obj] if obj is not None else []
    return list_objects(session, target, selection_query(session))


def _say(session: Session, found: Found, obj: Json) -> None:
    printer = object_printer(session)
    session.write(printer(obj).rstrip("\n") if printer is not None else f"{found.label} condition met")


COMMAND = Command(
    "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) "
    "[--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    "Wait for a specific condition on one or many resources",
    run,
    (
        *FILES,
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        *PRINTING,
        Flag("for", help="create, delete, condition=NAME[=VALUE], jsonpath='{PATH}'[=VALUE]"),
        Flag("timeout", "duration", 30.0, help="How long to wait; 0 looks once, below 0 waits a week"),
    ),
)

"""The shared half of `label` and `annotate`: KEY=VALUE sets, KEY- removes, on the metadata of each object."""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import (
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_MANAGER,
    FIELD_SELECTOR,
    FILES,
    PRINTING,
    SELECTOR,
)
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import patch
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, find_objects

Json = dict[str, Any]
MARK_FLAGS = (
    *FILES,
    SELECTOR,
    FIELD_SELECTOR,
    ALL,
    ALL_NAMESPACES,
    *PRINTING,
    DRY_RUN,
    FIELD_MANAGER,
    Flag("overwrite", "bool", False, help="Allow values to be overwritten."),
    Flag("resource-version", help="Only when the object has this revision."),
    Flag("list", "bool", False, help="Show what is there."),
    Flag("local", "bool", False, help="Work on the file alone, without a server."),
)


def split_changes(arguments: list[str]) -> tuple[list[str], dict[str, str], list[str]]:
    """(what names objects, what to set, what to remove). Changes come after the first that looks like one."""
    first = next((index for index, one in enumerate(arguments) if "=" in one or one.endswith("-")), len(arguments))
    sets: dict[str, str] = {}
    removals: list[str] = []
    for text in arguments[first:]:
        key, equals, value = text.partition("=")
        if equals:
            sets[key] = value
        elif text.endswith("-"):
            removals.append(text[:-1])
        else:
            raise Failure("all resources must be specified before label changes: " + text)
    both = sorted(sets.keys() & set(removals))
    if both:
        raise Failure(f"can not both modify and remove a label in the same command: {both[0]}")
    return arguments[:first], sets, removals


def changed_marks(
    current: dict[str, str], sets: dict[str, str], removals: list[str], *, overwrite: bool, word: str
) -> dict[str, str | None]:
    """The merge patch for a map of marks, empty when nothing changes. Raises `Failure` without leave to overwrite."""
    if not overwrite:
        taken = [key for key in sets if key in current and (word == "annotation" or current[key] != sets[key])]
        if taken and word == "label":
            raise Failure(f"'{taken[0]}' already has a value ({current[taken[0]]}), and --overwrite is false")
        if taken:
            raise Failure(
                f"--overwrite is false but found the following declared annotation(s): "
                f"'{taken[0]}' already has a value ({current[taken[0]]})"
            )
    made: dict[str, str | None] = {key: value for key, value in sets.items() if current.get(key) != value}
    made.update({key: None for key in removals if key in current})
    return made


def mark(session: Session, field: str, word: str, done: str, undone: str, untouched: str) -> int:
    """Run `label` or `annotate`. The words are for messages: labeled, unlabeled, not labeled."""
    values = session.values
    names, sets, removals = split_changes(values.arguments)
    values.arguments = names
    if not names and not values.items("filename"):
        raise Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>")
    if not sets and not removals and not values.on("list"):
        raise Failure(f"at least one {word} update is required")
    if word == "label":
        _check_values(sets)
    errors: list[Exception] = []
    count = 0
    for found in find_objects(session, errors):
        count += 1
        try:
            if values.on("list"):
                for key, value in sorted((found.obj["metadata"].get(field) or {}).items()):
                    session.write(f"{key}={value}")
                continue
            current = found.obj["metadata"].get(field) or {}
            change = changed_marks(current, sets, removals, overwrite=values.on("overwrite"), word=word)
            missing = [key for key in removals if key not in current]
            for key in missing if word == "label" else ():
                session.write(f'{word} "{key}" not found.')
            said = done if missing else untouched if not change else done
            said = undone if change and all(value is None for value in change.values()) else said
            report(session, _apply(session, found, field, change), f"{found.label} {said}")
        except (APIError, Failure) as error:
            errors.append(error)
    if not count and not errors:
        raise Failure("no objects passed to " + ("label" if word == "label" else "annotate"))
    raise_all(errors)
    return 0


def _check_values(sets: dict[str, str]) -> None:
    """Refuse what no label can be before anything is sent. Raises `Failure`."""
    from pybernetes.api.names import label_value

    for key, value in sets.items():
        problems = label_value(value)
        if problems:
            raise Failure(f'invalid label value: "{key}={value}": {"; ".join(problems)}')


def _apply(session: Session, found: Found, field: str, change: dict[str, str | None]) -> Json:
    if not change or session.dry_run == "client" or session.values.on("local"):
        marks = {**(found.obj["metadata"].get(field) or {}), **change}
        kept = {key: value for key, value in marks.items() if value is not None}
        return {**found.obj, "metadata": {**found.obj["metadata"], field: kept}}
    body: Json = {"metadata": {field: change}}
    if session.values.text("resource-version"):
        body["metadata"]["resourceVersion"] = session.values.text("resource-version")
    return patch(session, found, body, manager="kubectl-" + ("label" if field == "labels" else "annotate"))

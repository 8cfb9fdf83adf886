"""`config set PROPERTY VALUE`: one value by its path, ``contexts.mine.namespace``."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig_editing import EMPTY, file_with, file_with_current_context, write
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def set_property(session: Session, path: str, value: Any) -> None:
    """Set a property, or remove it with None. Raises `Failure` for a path that leads nowhere."""
    section, _, rest = path.partition(".")
    if section == "current-context":
        file = file_with_current_context(session)
        write(file, {**EMPTY, **kubeconfig.read_file(str(file)), "current-context": value or ""})
        return
    name, _, field = rest.rpartition(".")
    if section not in kubeconfig.SECTIONS or not field:
        raise Failure(f"unable to parse {path}: expected current-context or SECTION.NAME.FIELD")
    if value is None and not name:
        name, field = field, ""
    place = file_with(session, section, name)
    content = {**EMPTY, **kubeconfig.read_file(str(place))}
    entry = kubeconfig.find(content, section, name) or {}
    others = [one for one in content.get(section) or () if one["name"] != name]
    if field:
        entry.pop(field, None)
        if value is not None:
            entry[field] = {"true": True, "false": False}.get(value, value)
        others.append({"name": name, section[:-1]: entry})
    content[section] = sorted(others, key=lambda one: str(one["name"]))
    write(place, content)


def run(session: Session) -> int:
    if len(session.values.arguments) != 2:
        raise Failure("exactly two arguments are required: PROPERTY_NAME PROPERTY_VALUE")
    path, value = session.values.arguments
    set_property(session, path, value)
    session.write(f'Property "{path}" set.')
    return 0


COMMAND = Command("config set PROPERTY_NAME PROPERTY_VALUE", "Set an individual value in a kubeconfig file", run)

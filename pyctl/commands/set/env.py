"""`set env`: environment variables of a pod template; NAME=value sets, NAME- removes, --list shows."""

from __future__ import annotations

import re
from typing import Any

from pybernetes.api.object import name_of
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.patching import pod_spec
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.setting import SET_FLAGS, containers_of, set_on_each, split_pairs
from pybernetes.pyctl.targets import Found, find_objects, find_one

Json = dict[str, Any]
_REMOVAL = re.compile(r"[A-Za-z_][\w.-]*-$")


def run(session: Session) -> int:
    values = session.values
    changes = split_pairs(session, lambda text: "=" in text or ("/" not in text and bool(_REMOVAL.fullmatch(text))))
    if not values.arguments and not values.items("filename"):
        raise Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>")
    changes = [*values.items("env"), *changes]
    if values.on("list"):
        return _list(session)
    sets = [_variable(change) for change in changes if "=" in change]
    removals = {change[:-1] for change in changes if "=" not in change and change.endswith("-")}
    if values.text("from"):
        sets += _from_source(session)
    pattern = values.text("containers")

    def edit(obj: Json) -> None:
        chosen = [one for one in containers_of(pod_spec(obj)) if _matches(pattern, one["name"])]
        if not chosen:
            raise Failure(f'{obj["kind"]}/{name_of(obj)} does not have any containers matching "{pattern}"')
        for container in chosen:
            container["env"] = merged(container.get("env") or [], sets, removals, overwrite=values.on("overwrite"))
            if not container["env"]:
                del container["env"]

    return set_on_each(session, edit, changed="env updated")


def _variable(text: str) -> Json:
    name, _, value = text.partition("=")
    return {"name": name, "value": value}


def _matches(pattern: str, name: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern)


def merged(env: list[Json], sets: list[Json], removals: set[str], *, overwrite: bool = True) -> list[Json]:
    """The variables with changes made: known names keep their place, new ones come last. Raises `Failure`."""
    wanted = {variable["name"]: variable for variable in sets}
    known = {variable["name"] for variable in env}
    if not overwrite and (both := sorted(known & wanted.keys())):
        raise Failure(f"'{both[0]}' already has a value ({_value(env, both[0])}), and --overwrite is false")
    kept = [wanted.pop(one["name"], one) for one in env if one["name"] not in removals]
    return kept + [variable for name, variable in wanted.items() if name not in removals]


def _value(env: list[Json], name: str) -> str:
    return next((str(one.get("value", "")) for one in env if one["name"] == name), "")


def _from_source(session: Session) -> list[Json]:
    """Variables that refer to each key of a config map or a secret."""
    source = find_one(session, session.values.text("from"))
    references = {"ConfigMap": "configMapKeyRef", "Secret": "secretKeyRef"}
    reference = references.get(source.obj["kind"])
    if reference is None:
        raise Failure(f"unsupported resource specified in --from: {source.obj['kind']}")
    keys = session.values.items("keys")
    prefix = session.values.text("prefix")
    return [
        {
            "name": prefix + re.sub(r"[^A-Z0-9_]", "_", key.upper()),
            "valueFrom": {reference: {"name": source.target.name, "key": key}},
        }
        for key in sorted(source.obj.get("data") or {})
        if not keys or key in keys
    ]


def _list(session: Session) -> int:
    errors: list[Exception] = []
    for found in find_objects(session, errors):
        _show(session, found)
    raise_all(errors)
    return 0


def _show(session: Session, found: Found) -> None:
    for container in containers_of(pod_spec(found.obj)):
        if not _matches(session.values.text("containers"), container["name"]):
            continue
        session.write(f"# {found.obj['kind']} {found.target.name}, container {container['name']}")
        for one in container.get("env") or ():
            source = one.get("valueFrom")
            session.write(
                f"# {one['name']} from {_described(source)}" if source else f"{one['name']}={one.get('value', '')}"
            )


def _described(source: Json) -> str:
    kinds = {"configMapKeyRef": "configmap", "secretKeyRef": "secret"}
    for field, word in kinds.items():
        if field in source:
            return f"{word} {source[field]['name']}, key {source[field]['key']}"
    if "fieldRef" in source:
        return f"field path {source['fieldRef']['fieldPath']}"
    return f"resource {source.get('resourceFieldRef', {}).get('resource', '')}"


COMMAND = Command(
    "set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    "Update environment variables on a pod template",
    run,
    (
        *SET_FLAGS,
        Flag("containers", default="*", short="c", help="The names of containers, wildcards allowed"),
        Flag("env", "array", (), short="e", help="A variable to set: key=value"),
        Flag("from", help="A resource to take variables from: configmap/NAME, secret/NAME"),
        Flag("keys", "slice", (), help="The keys to take of --from"),
        Flag("prefix", help="What to put before the names of --from"),
        Flag("list", "bool", False, help="Show the environment and change nothing"),
        Flag("overwrite", "bool", True, help="Allow variables to be overwritten"),
    ),
)

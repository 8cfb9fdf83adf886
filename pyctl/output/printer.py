"""Which form ``-o`` asks for.

A printer turns objects into text. `object_printer` gives one for commands that make or change objects, where no ``-o``
means a line such as ``pod/web created``; `get` has its tables besides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pybernetes.pyctl.failures import Failure

if TYPE_CHECKING:
    from pybernetes.pyctl.session import Session

Json = dict[str, Any]
Printer = Callable[[Json], str]
FORMATS = "custom-columns,custom-columns-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,wide,yaml"


def output_format(session: Session) -> tuple[str, str]:
    """(format, argument) of -o: ``jsonpath={.x}`` is (``jsonpath``, ``{.x}``)."""
    name, equals, argument = session.values.text("output").partition("=")
    if name in ("jsonpath", "jsonpath-file", "custom-columns", "custom-columns-file", "jsonpath-as-json"):
        if not equals:
            argument = session.values.text("template") if session.values.has("template") else ""
        if not argument and name.startswith("jsonpath"):
            raise Failure("template format specified but no template given")
    return name, argument


def object_printer(session: Session) -> Printer | None:
    """The printer for one object or a List, or None when a plain message is wanted. Raises `Failure`."""
    name, argument = output_format(session)
    if name in ("", "wide") or name.startswith("custom-columns"):
        return None if name in ("", "wide") else _columns_printer(name, argument)
    clean = _keep if session.values.has("show-managed-fields") and session.values.on("show-managed-fields") else _clean
    if name == "json":
        from pybernetes.pyctl.output.json_text import pretty

        return lambda obj: pretty(clean(obj)) + "\n"
    if name == "yaml":
        from pybernetes.pyctl.output.yaml_text import document

        return lambda obj: document(clean(obj))
    if name == "name":
        return lambda obj: name_lines(session, obj)
    if name.startswith("jsonpath"):
        return _jsonpath_printer(name, argument, clean)
    raise Failure(f'unable to match a printer suitable for the output format "{name}", allowed formats are: {FORMATS}')


def _jsonpath_printer(name: str, argument: str, clean: Callable[[Json], Json]) -> Printer:
    from pybernetes.pyctl import jsonpath

    template = _read(argument) if name == "jsonpath-file" else argument
    try:
        nodes = jsonpath.parse(template)
    except jsonpath.JSONPathError as error:
        raise Failure(f"error parsing jsonpath {template}, {error}") from error

    from pybernetes.pyctl.output.json_text import compact

    def render(obj: Json) -> str:
        try:
            if name == "jsonpath-as-json":
                from pybernetes.pyctl.output.json_text import pretty

                found: list[Any] = []
                for node in nodes:
                    for part in getattr(node, "parts", ()):
                        found += jsonpath.find(part, clean(obj)) if isinstance(part, jsonpath.Path) else [part.value]
                return pretty(found) + "\n"
            return jsonpath.render(nodes, clean(obj))
        except jsonpath.JSONPathError as error:
            raise Failure(f"error executing jsonpath {compact(template)}: Error executing template: {error}") from error

    return render


def _columns_printer(name: str, argument: str) -> Printer:
    from pybernetes.pyctl.output import custom_columns
    from pybernetes.pyctl.output.tables import align

    columns = (
        custom_columns.parse_file(_read(argument)) if name == "custom-columns-file" else custom_columns.parse(argument)
    )

    def render(obj: Json) -> str:
        objects = obj["items"] if "items" in obj and str(obj.get("kind", "")).endswith("List") else [obj]
        rows = [[column.header for column in columns], *(custom_columns.row(columns, one) for one in objects)]
        return "".join(line + "\n" for line in align(rows))

    return render


def name_lines(session: Session, obj: Json) -> str:
    """``pod/web`` for each object."""
    from pybernetes.pyctl.targets import label

    if "items" in obj and str(obj.get("kind", "")).endswith("List"):
        return "".join(name_lines(session, item) for item in obj["items"])
    name = (obj.get("metadata") or {}).get("name") or ""
    try:
        return label(session.names.for_object(obj), name) + "\n"
    except Failure:  # a request such as TokenRequest has a kind, but no resource of that kind
        group = obj["apiVersion"].rpartition("/")[0]
        return f"{obj['kind'].lower()}{'.' + group if group else ''}/{name}\n"


def _read(path: str) -> str:
    try:
        from pathlib import Path

        return Path(path).read_text()
    except OSError as error:
        raise Failure(f"error reading template {path}, {error}") from error


def _keep(obj: Json) -> Json:
    return obj


def _clean(obj: Json) -> Json:
    """The object without managedFields, which are for machines; items of a List likewise."""
    if isinstance(obj.get("items"), list) and "items" in obj and str(obj.get("kind", "")).endswith("List"):
        return {**obj, "items": [_clean(item) for item in obj["items"]]}
    metadata = obj.get("metadata")
    if isinstance(metadata, dict) and "managedFields" in metadata:
        return {**obj, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}
    return obj


def report(session: Session, obj: Json, message: str) -> None:
    """Print what became of an object: the line, or the object in the form that -o asks for."""
    import sys

    printer = object_printer(session) if session.values.has("output") else None
    if printer is None:
        session.write(session.done(message))
    else:
        text = printer(obj)
        if session.values.text("output") == "yaml" and session.objects_printed:
            text = "---\n" + text
        session.objects_printed += 1
        sys.stdout.write(text)

"""`explain`: what a kind's fields are, out of the server's OpenAPI v3."""

from __future__ import annotations

import textwrap
from typing import Any

from pybernetes.api.resources import Resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
WIDTH = 76  # text behind an indentation of four in a line of eighty
SCALARS = ("string", "integer", "boolean", "number")


class Schemas:
    """The schemas of one group and version."""

    def __init__(self, document: Json):
        self._by_name: Json = (document.get("components") or {}).get("schemas") or {}

    def of_kind(self, resource: Resource) -> Json:
        """The schema of a kind. Raises `Failure`."""
        wanted = {"group": resource.group, "version": resource.version, "kind": resource.kind}
        for schema in self._by_name.values():
            if wanted in (schema.get("x-kubernetes-group-version-kind") or ()):
                return dict(schema)
        raise Failure(f"couldn't find resource for {resource.api_version}, Kind={resource.kind}")

    def resolved(self, schema: Json) -> Json:
        """The schema behind a reference, with the description that stands beside the reference."""
        reference = schema.get("$ref") or next((one["$ref"] for one in schema.get("allOf") or () if "$ref" in one), "")
        if not reference:
            return schema
        target = self._by_name.get(reference.rpartition("/")[2]) or {}
        own = schema.get("description")
        return {**target, "description": own} if own else dict(target)

    def type_name(self, schema: Json) -> str:
        """``string``, ``[]Container``, ``map[string]string``, ``PodSpec``, ``Object``."""
        reference = schema.get("$ref") or next((one["$ref"] for one in schema.get("allOf") or () if "$ref" in one), "")
        if reference:
            target = self.resolved({"$ref": reference})
            name = str(reference).rpartition(".")[2]
            scalar = target.get("type") in SCALARS
            return str(target["type"]) if scalar else name
        kind = schema.get("type")
        if kind == "array":
            return "[]" + self.type_name(schema.get("items") or {})
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return "map[string]" + self.type_name(schema["additionalProperties"])
        return str(kind) if kind in SCALARS else "Object"

    def descriptions(self, schema: Json) -> list[str]:
        """What is said of a schema, and of the types that it is made of: a list's items, a map's values."""
        found = [schema["description"]] if schema.get("description") else []
        inner = [schema.get("items"), schema.get("additionalProperties"), *(schema.get("allOf") or ())]
        if schema.get("$ref"):
            inner.append(self._by_name.get(schema["$ref"].rpartition("/")[2]))
        return found + [text for one in inner if isinstance(one, dict) for text in self.descriptions(one)]

    def fields(self, schema: Json) -> Json:
        """The fields of an object, of a list's items or of a map's values."""
        inner = self.resolved(schema)
        while "properties" not in inner and ("items" in inner or isinstance(inner.get("additionalProperties"), dict)):
            inner = self.resolved(inner.get("items") or inner["additionalProperties"])
        found: Json = inner.get("properties") or {}
        return found

    def required(self, schema: Json) -> list[str]:
        inner = self.resolved(schema)
        while "properties" not in inner and ("items" in inner or isinstance(inner.get("additionalProperties"), dict)):
            inner = self.resolved(inner.get("items") or inner["additionalProperties"])
        return list(inner.get("required") or ())


def run(session: Session) -> int:
    values = session.values
    if len(values.arguments) != 1:
        said = "You must specify the type of resource to explain. "
        said += 'Use "pyctl api-resources" for a complete list of supported resources.'
        raise Failure(said if not values.arguments else "We accept only this format: explain RESOURCE")
    name, *steps = values.arguments[0].split(".")
    resource = _resource(session, name)
    path = f"/openapi/v3{resource.base_path}"
    schemas = Schemas(session.connection.json("GET", path))
    schema = schemas.of_kind(resource)
    field = ""
    for step in steps:
        found = schemas.fields(schema).get(step)
        if found is None:
            _write_head(session, resource)
            raise Failure(f'field "{step}" does not exist')
        schema, field = found, step
    _write_head(session, resource)
    if field:
        session.write(f"FIELD: {field} <{schemas.type_name(schema)}>\n")
    _write_body(session, schemas, schema, is_field=bool(field))
    return 0


def _resource(session: Session, name: str) -> Resource:
    said = session.values.text("api-version")
    if not said:
        return session.names.resolve(name)
    for one in session.names.discovered:
        if one.api_version == said and name.lower() in (one.plural, one.singular, *one.short_names):
            return one
    raise Failure(f'couldn\'t find resource for "{said}, Resource={name}"')


def _write_head(session: Session, resource: Resource) -> None:
    if resource.group:
        session.write(f"GROUP:      {resource.group}")
    session.write(f"KIND:       {resource.kind}")
    session.write(f"VERSION:    {resource.version}\n")


def _write_body(session: Session, schemas: Schemas, schema: Json, *, is_field: bool) -> None:
    if is_field:
        session.write("")
    session.write("DESCRIPTION:")
    described = schemas.descriptions(schema)
    for text in described:
        _write_text(session, text, "    ")
    session.write("    " if described else "    <empty>")
    if session.values.on("recursive"):
        if schemas.fields(schema):
            session.write("FIELDS:")
            _write_recursively(session, schemas, schema, "  ", ())
            session.write("")
        return
    fields, required = schemas.fields(schema), schemas.required(schema)
    if fields:
        session.write("FIELDS:")
    for name in sorted(fields):
        session.write(_field_line(schemas, name, fields[name], required, "  "))
        _write_text(session, schemas.resolved(fields[name]).get("description") or "<no description>", "    ")
        session.write("")
    session.write("")


def _field_line(schemas: Schemas, name: str, schema: Json, required: list[str], indent: str) -> str:
    return f"{indent}{name}\t<{schemas.type_name(schema)}>" + (" -required-" if name in required else "")


def _write_recursively(session: Session, schemas: Schemas, schema: Json, indent: str, inside: tuple[str, ...]) -> None:
    """All fields below; a type inside itself is not entered again."""
    fields, required = schemas.fields(schema), schemas.required(schema)
    for name in sorted(fields):
        session.write(_field_line(schemas, name, fields[name], required, indent))
        kind = schemas.type_name(fields[name])
        if kind not in inside:
            _write_recursively(session, schemas, fields[name], indent + "  ", (*inside, kind))


def _write_text(session: Session, text: str, indent: str) -> None:
    for paragraph in text.split("\n"):
        for line in textwrap.wrap(paragraph, WIDTH) or [""]:
            session.write((indent + line).rstrip())


COMMAND = Command(
    "explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group]",
    "Get documentation for a resource",
    run,
    (
        Flag("recursive", "bool", False, help="Print the names of all fields below."),
        Flag("api-version", help="Use the given API version (group/version)."),
    ),
)

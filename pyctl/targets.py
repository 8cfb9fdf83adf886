"""From arguments to objects on the server.

``pods``, ``pods a b``, ``pods,svc -l app=web``, ``rc/x svc/y``, ``-f file``: every command that works on objects that
are there names them in one of these ways. Counterpart: cli-runtime's resource.Builder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pybernetes.api.errors import APIError
from pybernetes.api.object import name_of, namespace_of
from pybernetes.api.resources import Resource
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


class Target(NamedTuple):
    """One object by name, or with an empty name all of a resource."""

    resource: Resource
    namespace: str
    name: str = ""
    source: str = ""

    @property
    def path(self) -> str:
        return self.resource.path(self.namespace, self.name)

    @property
    def label(self) -> str:
        """``pod/web`` or ``deployment.apps/web``: how messages name it."""
        return label(self.resource, self.name)


class Found(NamedTuple):
    """An object that was read from the server."""

    target: Target
    obj: Json

    @property
    def resource(self) -> Resource:
        return self.target.resource

    @property
    def label(self) -> str:
        return self.target.label


def label(resource: Resource, name: str) -> str:
    """``pod/web`` or ``deployment.apps/web``."""
    return f"{type_label(resource)}/{name}"


def type_label(resource: Resource) -> str:
    """``pod`` or ``deployment.apps``."""
    return f"{resource.singular}.{resource.group}" if resource.group else resource.singular


MIXED = (
    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
    "(e.g. 'pyctl get resource/<resource_name>' instead of 'pyctl get resource resource/<resource_name>'"
)


def parse_arguments(session: Session, arguments: list[str]) -> list[Target]:
    """The targets that arguments name. Raises `Failure`."""
    everywhere = session.values.has("all-namespaces") and session.values.on("all-namespaces")
    slashed = [argument for argument in arguments if "/" in argument]
    if slashed:
        if len(slashed) != len(arguments):
            raise Failure(MIXED)
        return [_slashed(session, argument) for argument in arguments]
    if not arguments:
        return []
    resources = session.names.expand(arguments[0])
    names = arguments[1:]
    if names and everywhere and any(resource.namespaced for resource in resources):
        raise Failure("a resource cannot be retrieved by name across all namespaces")
    targets = []
    for resource in resources:
        namespace = "" if everywhere else session.namespace_for(resource)
        targets += [Target(resource, namespace, name) for name in names or ("",)]
    return targets


def _slashed(session: Session, argument: str) -> Target:
    kind, _, name = argument.partition("/")
    if not kind or not name or "/" in name:
        raise Failure("arguments in resource/name form must have a single resource and name")
    resource = session.names.resolve(kind)
    return Target(resource, session.namespace_for(resource), name)


def named_targets(session: Session) -> Iterator[Target | Exception]:
    """The targets of -f, or else of the arguments."""
    if session.values.has("filename") and session.values.items("filename"):
        from pybernetes.pyctl import manifests

        for manifest in manifests.load(session):
            if isinstance(manifest, Exception):
                yield manifest
            else:
                yield Target(manifest.resource, manifest.namespace, manifest.name, manifest.source)
        return
    yield from parse_arguments(session, session.values.arguments)


def selection_query(session: Session) -> list[tuple[str, str]]:
    """The query that the selector flags make."""
    query = []
    for flag, parameter in (("selector", "labelSelector"), ("field-selector", "fieldSelector")):
        if session.values.has(flag) and session.values.text(flag):
            query.append((parameter, session.values.text(flag)))
    return query


def not_served(error: APIError, resource: Resource) -> Exception:
    """What to say when a collection cannot be read: a server that lacks the type has not even its path."""
    if error.code == 404 and not (error.status.get("details") or {}).get("name") and "could not find" in error.message:
        return Failure(f'the server doesn\'t have a resource type "{resource.plural}"')
    return error


def list_objects(session: Session, target: Target, query: list[tuple[str, str]] | None = None) -> list[Json]:
    """All objects of a resource in a namespace, with apiVersion and kind put into each."""
    resource, found, token = target.resource, [], ""
    while True:
        page = [*(query or ()), ("limit", "500"), *([("continue", token)] if token else ())]
        try:
            answer = session.connection.json("GET", target.path, page)
        except APIError as error:
            raise not_served(error, resource) from error
        for item in answer.get("items") or ():
            found.append({"apiVersion": resource.api_version, "kind": resource.kind, **item})
        token = (answer.get("metadata") or {}).get("continue") or ""
        if not token:
            return found


def find_objects(session: Session, errors: list[Exception], *, need_choice: bool = True) -> Iterator[Found]:
    """Read every object that the command line names; what fails is put into `errors` and the others go on.

    With `need_choice`, all of a resource is only meant when --all or a selector says so. Raises `Failure`.
    """
    values = session.values
    chosen = bool(selection_query(session)) or (values.has("all") and values.on("all"))
    if selection_query(session) and values.has("all") and values.on("all"):
        raise Failure("cannot set --all and --selector at the same time")
    for target in named_targets(session):
        if isinstance(target, Exception):
            errors.append(target)
            continue
        try:
            if target.name:
                if selection_query(session):
                    raise Failure("name cannot be provided when a selector is specified")
                yield Found(target, session.connection.json("GET", target.path))
                continue
            if need_choice and not chosen:
                raise Failure("resource(s) were provided, but no name was specified")
            for obj in list_objects(session, target, selection_query(session)):
                namespace = namespace_of(obj)
                yield Found(Target(target.resource, namespace, name_of(obj)), obj)
        except APIError as error:
            errors.append(error)


def find_one(session: Session, argument: str, default: str = "pods") -> Found:
    """The object of ``TYPE/NAME``, or of a bare name of the default type. Raises `APIError`, `Failure`."""
    if "/" in argument:
        target = _slashed(session, argument)
    else:
        resource = session.names.resolve(default)
        target = Target(resource, session.namespace_for(resource), argument)
    return Found(target, session.connection.json("GET", target.path))


def each(session: Session, errors: list[Exception], work: Any, **choice: Any) -> int:
    """Do `work(found)` for every object, going on after failures. Gives how many; raises what failed."""
    count = 0
    for found in find_objects(session, errors, **choice):
        count += 1
        try:
            work(found)
        except (APIError, Failure) as error:
            errors.append(error)
    raise_all(errors)
    return count

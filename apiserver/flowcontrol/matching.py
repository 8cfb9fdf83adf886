"""Which flow schema a request belongs to.

The schemas are tried in the order of their precedence, and of their names where that is the same. A schema matches
if one of its rules has a subject that is the user and a rule for what is asked. Rules are turned into sets and
functions once; matching a request is a handful of look-ups.

Counterpart: apiserver/pkg/util/flowcontrol/rule.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pybernetes.api.object import Json, name_of
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.user import User

_ALL = "*"
_BY_USER, _BY_NAMESPACE = "ByUser", "ByNamespace"
_SERVICE_ACCOUNT = "system:serviceaccount:"

Subject = Callable[[User], bool]
Matcher = Callable[[Attributes], bool]


@dataclass(frozen=True)
class Schema:
    """A flow schema made ready. `distinguisher` is how flows are told apart: ByUser, ByNamespace or not at all."""

    name: str
    uid: str
    level: str
    precedence: int
    distinguisher: str
    rules: tuple[Matcher, ...]

    def matches(self, attributes: Attributes) -> bool:
        return any(rule(attributes) for rule in self.rules)

    def flow_of(self, attributes: Attributes) -> str:
        """What tells a request's flow from the others of the schema."""
        if self.distinguisher == _BY_USER:
            return attributes.user.name
        return attributes.namespace if self.distinguisher == _BY_NAMESPACE else ""


def schemas_of(objects: Iterable[Json]) -> list[Schema]:
    """Flow schemas in the order in which they are tried."""
    return sorted((_schema(obj) for obj in objects), key=lambda schema: (schema.precedence, schema.name))


def first_match(schemas: Sequence[Schema], attributes: Attributes) -> Schema | None:
    return next((schema for schema in schemas if schema.matches(attributes)), None)


def _schema(obj: Json) -> Schema:
    spec = obj["spec"]
    return Schema(
        name_of(obj),
        obj["metadata"].get("uid", ""),
        spec["priorityLevelConfiguration"]["name"],
        spec.get("matchingPrecedence", 1000),
        (spec.get("distinguisherMethod") or {}).get("type", ""),
        tuple(_rule(rule) for rule in spec.get("rules") or ()),
    )


def _rule(rule: Json) -> Matcher:
    subjects = [_subject(subject) for subject in rule.get("subjects") or ()]
    resources = [_resource_rule(each) for each in rule.get("resourceRules") or ()]
    paths = [_path_rule(each) for each in rule.get("nonResourceRules") or ()]

    def matches(attributes: Attributes) -> bool:
        user = attributes.user
        if not any(subject(user) for subject in subjects):
            return False
        return any(each(attributes) for each in (resources if attributes.resource else paths))

    return matches


def _subject(subject: Json) -> Subject:
    kind = subject["kind"]
    if kind == "User":
        name = subject["user"]["name"]
        return lambda user: name in (_ALL, user.name)
    if kind == "Group":
        group = subject["group"]["name"]
        return lambda user: group == _ALL or group in user.groups
    account = subject["serviceAccount"]
    prefix = f"{_SERVICE_ACCOUNT}{account['namespace']}:"
    if account["name"] == _ALL:
        return lambda user: user.name.startswith(prefix)
    full = prefix + account["name"]
    return lambda user: user.name == full


def _has(given: Iterable[str] | None) -> Callable[[str], bool]:
    values = frozenset(given or ())
    return (lambda value: True) if _ALL in values else values.__contains__


def _resource_rule(rule: Json) -> Matcher:
    verb, group = _has(rule.get("verbs")), _has(rule.get("apiGroups"))
    resource, namespace = _has(rule.get("resources")), _has(rule.get("namespaces"))
    cluster = bool(rule.get("clusterScope"))

    def matches(attributes: Attributes) -> bool:
        name = attributes.resource
        if attributes.subresource:
            name = f"{name}/{attributes.subresource}"
        in_scope = namespace(attributes.namespace) if attributes.namespace else cluster
        return in_scope and verb(attributes.verb) and group(attributes.group) and resource(name)

    return matches


def _path_rule(rule: Json) -> Matcher:
    verb = _has(rule.get("verbs"))
    urls = rule.get("nonResourceURLs") or ()
    exact = frozenset(url for url in urls if not url.endswith(_ALL))
    prefixes = tuple(url[:-1] for url in urls if url.endswith(_ALL))

    def matches(attributes: Attributes) -> bool:
        path = attributes.path
        return verb(attributes.verb) and (path in exact or path.startswith(prefixes))

    return matches

"""A request's attributes as the spec of a SubjectAccessReview: what a webhook is asked, and its conditions look at."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.api.selectors import SelectorError, parse_field_selector, parse_label_selector
from pybernetes.apiserver.attributes import Attributes

_OPERATORS = {
    "in": "In",
    "notin": "NotIn",
    "exists": "Exists",
    "!": "DoesNotExist",
}


def review_spec(attributes: Attributes) -> Json:
    """The spec, without what is empty."""
    user = attributes.user
    spec: Json = {}
    if attributes.resource:
        fields = {
            "namespace": attributes.namespace,
            "verb": attributes.verb,
            "group": attributes.group,
            "version": attributes.version,
            "resource": attributes.resource,
            "subresource": attributes.subresource,
            "name": attributes.name,
        }
        asked: Json = {name: value for name, value in fields.items() if value}
        for name, found in (
            ("fieldSelector", _field_requirements(attributes.field_selector)),
            ("labelSelector", _label_requirements(attributes.label_selector)),
        ):
            if found:
                asked[name] = {"requirements": found}
        spec["resourceAttributes"] = asked
    else:
        spec["nonResourceAttributes"] = {"path": attributes.path, "verb": attributes.verb}
    if user.name:
        spec["user"] = user.name
    if user.groups:
        spec["groups"] = list(user.groups)
    if user.extra:
        spec["extra"] = {key: list(values) for key, values in user.extra.items()}
    if user.uid:
        spec["uid"] = user.uid
    return spec


def _field_requirements(text: str) -> list[Json]:
    """What cannot be read is left out: the request then counts as a wider one."""
    if not text:
        return []
    try:
        found = parse_field_selector(text)
    except SelectorError:
        return []
    return [{"key": one.field, "operator": "In" if one.equal else "NotIn", "values": [one.value]} for one in found]


def _label_requirements(text: str) -> list[Json]:
    if not text:
        return []
    try:
        found = parse_label_selector(text).requirements
    except SelectorError:
        return []
    requirements = []
    for one in found:
        operator = _OPERATORS.get(one.operator)
        if operator is not None:
            values = {"values": sorted(one.values)} if one.values else {}
            requirements.append({"key": one.key, "operator": operator, **values})
    return requirements

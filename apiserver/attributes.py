"""What a request wants to do: the facts that authorization, admission and audit decide on."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.api.names import path_segment
from pybernetes.api.selectors import SelectorError, parse_field_selector
from pybernetes.apiserver.user import User


@dataclass(slots=True, unsafe_hash=True)  # frozen, it would take a microsecond more of every request
class Attributes:
    """A request for a resource, or for a bare path such as /healthz (then `resource` is empty). Never changed.

    `verb` is Kubernetes' verb (get, list, watch, create, update, patch, delete, deletecollection), or the HTTP method
    in lower case for a bare path. `field_selector` is that of a list, watch or deletecollection, as the query has it:
    a node may list pods by ``spec.nodeName=`` its own name only; `label_selector` likewise.

    Counterpart: authorizer.Attributes.
    """

    user: User
    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    field_selector: str = ""
    label_selector: str = ""

    @property
    def is_resource_request(self) -> bool:
        return bool(self.resource)


def selected_name(field_selector: str) -> str:
    """The one name that a list or watch is restricted to by ``metadata.name=``, or the empty string.

    Such a request counts as one for that object, so that a rule with resourceNames, or a node's right to one
    secret, covers it. Counterpart: what RequestInfo does with the field selector.
    """
    if "metadata.name" not in field_selector:
        return ""
    try:
        requirements = parse_field_selector(field_selector)
    except SelectorError:
        return ""
    for requirement in requirements:
        if requirement.field == "metadata.name" and requirement.equal and not path_segment(requirement.value):
            return requirement.value
    return ""

"""Operations as they are written down in a document, and what the operations of a path have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pybernetes.api.object import Json
from pybernetes.apiserver.openapi.parameters import Parameter, shared_name
from pybernetes.apiserver.openapi.schemas import META, Schemas

GVK = "x-kubernetes-group-version-kind"
_DESCRIPTIONS = {"200": "OK", "201": "Created", "202": "Accepted", "401": "Unauthorized"}
_SHARED_BODIES = (f"{META}.DeleteOptions", f"{META}.Patch")


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    `answer` is the definition of what is answered, ``"string"`` for text, or empty where nothing is said of it, which
    is with the `codes`. `body` is the definition of what is sent.
    """

    id: str
    description: str
    tag: str
    answer: str
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    body_required: bool = True
    action: str = ""
    gvk: Json | None = None
    codes: tuple[str, ...] = ("200",)
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()


class Paths:
    """Collects the paths of one document, and the parameters that version 2 writes down once."""

    def __init__(self, schemas: Schemas, *, v3: bool):
        self._schemas, self._v3 = schemas, v3
        self.paths: Json = {}
        self.parameters: Json = {}

    def add(self, path: str, operations: dict[str, Operation]) -> None:
        """A path with its operations by method."""
        every = [set(one.parameters) for one in operations.values()]
        common = set.intersection(*every) if every else set()
        item: Json = {method: self._operation(one, common) for method, one in operations.items()}
        first = next(iter(operations.values()))
        shared = [one for one in first.parameters if one in common]
        if shared:
            item["parameters"] = self._parameters(shared)
        self.paths[path] = item

    def _operation(self, one: Operation, common: set[Parameter]) -> Json:
        written: Json = {"tags": [one.tag], "description": one.description, "operationId": one.id}
        own = self._parameters([parameter for parameter in one.parameters if parameter not in common])
        if self._v3:
            if one.body:
                body: Json = {"content": {kind: {"schema": self._schemas.reference(one.body)} for kind in one.consumes}}
                written["requestBody"] = body | ({"required": True} if one.body_required else {})
        else:
            written["schemes"] = ["https"]
            if one.consumes:
                written["consumes"] = list(one.consumes)
            if one.produces:
                written["produces"] = list(one.produces)
            if one.body:
                own.append(self._body(one))
        if own:
            written["parameters"] = own
        written["responses"] = {code: self._answer(one, code) for code in (*one.codes, "401")}
        if one.action:
            written["x-kubernetes-action"] = one.action
        if one.gvk is not None:
            written[GVK] = one.gvk
        return written

    def _parameters(self, parameters: Sequence[Parameter]) -> list[Json]:
        ordered = sorted(parameters, key=lambda one: (one.name, one.place))
        if self._v3:
            return [one.v3() for one in ordered]
        return [self._once(one.v2()) if one.shared else one.v2() for one in ordered]

    def _once(self, parameter: Json) -> Json:
        name = shared_name(parameter)
        self.parameters[name] = parameter
        return {"$ref": f"#/parameters/{name}"}

    def _body(self, one: Operation) -> Json:
        body: Json = {"name": "body", "in": "body"}
        if one.body_required:
            body["required"] = True
        body["schema"] = self._schemas.reference(one.body)
        return self._once(body) if one.body in _SHARED_BODIES else body

    def _answer(self, one: Operation, code: str) -> Json:
        answer: Json = {"description": _DESCRIPTIONS[code]}
        if code == "401" or not one.answer:
            return answer
        schema = {"type": "string"} if one.answer == "string" else self._schemas.reference(one.answer)
        if self._v3:
            answer["content"] = {kind: {"schema": schema} for kind in one.produces}
        else:
            answer["schema"] = schema
        return answer

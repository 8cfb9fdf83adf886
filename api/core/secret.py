"""Secret: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.core.config_map import IMMUTABLE_WHEN_SET, MAX_BYTES, decoded_length
from pybernetes.api.definition import Column, Definition, text_field
from pybernetes.api.field import ErrorList
from pybernetes.api.json_syntax import syntax_error
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import IMMUTABLE
from pybernetes.api.names import config_key
from pybernetes.api.object import Json, annotations_of
from pybernetes.api.scalars import Base64
from pybernetes.api.schema.marks import Always, Default
from pybernetes.api.schema.names import json_type


class Secret(TypedDict, total=False):
    """Confidential data for pods to read, as files or as variables of their environment."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    data: dict[str, Base64]
    "The values, in base64, by key."
    immutable: bool | None
    "Whether the data cannot change any more. Once true it stays so, and kubelets stop watching for changes."
    stringData: dict[str, str]
    "Values as plain text, for convenience: they are written into data and never read back."
    type: Annotated[str, Default("Opaque")]
    "What the secret is for, such as kubernetes.io/tls, which says what keys it has. It cannot change."


_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"
_ACCOUNT_NAME = "kubernetes.io/service-account.name"
_DOCKER_KEYS = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}
_BASIC_AUTH, _SSH_AUTH, _TLS = "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth", "kubernetes.io/tls"
_REDACTED = "<secret contents redacted>"


def _set_defaults(secret: Json) -> None:
    """stringData is for writing only: it goes into data."""
    texts = secret.pop("stringData", None)
    if texts:
        data = secret.setdefault("data", {})
        for key, text in texts.items():
            data[key] = base64.b64encode(text.encode()).decode()


def _validate(secret: Json, errors: ErrorList) -> None:
    data = secret.get("data") or {}
    for key in data:
        errors.each_invalid(f"data[{key}]", key, config_key(key))
    if sum(decoded_length(value) for value in data.values()) > MAX_BYTES:
        errors.too_long("data", MAX_BYTES)
    kind = secret.get("type") or ""
    if kind == _ACCOUNT_TOKEN:
        if not annotations_of(secret).get(_ACCOUNT_NAME):
            errors.required(f"metadata.annotations[{_ACCOUNT_NAME}]")
    elif kind in _DOCKER_KEYS:
        _validate_docker_config(data, _DOCKER_KEYS[kind], errors)
    elif kind == _BASIC_AUTH:
        if "username" not in data and "password" not in data:
            errors.required("data[username]")
            errors.required("data[password]")
    elif kind == _SSH_AUTH:
        if not data.get("ssh-privatekey"):
            errors.required("data[ssh-privatekey]")
    elif kind == _TLS:
        for key in ("tls.crt", "tls.key"):
            if key not in data:
                errors.required(f"data[{key}]")


def _validate_docker_config(data: Json, key: str, errors: ErrorList) -> None:
    if key not in data:
        errors.required(f"data[{key}]")
        return
    wrong = _why_no_map(base64.b64decode(data[key]))
    if wrong:
        errors.invalid(f"data[{key}]", _REDACTED, wrong)


def _why_no_map(content: bytes) -> str:
    """What Go's decoder says of JSON that has to be an object; empty if it is one, or null."""
    wrong = syntax_error(content)
    if wrong:
        return wrong
    parsed = json.loads(content.decode(errors="replace"))
    if parsed is None or isinstance(parsed, dict):
        return ""
    return f"json: cannot unmarshal {json_type(parsed)} into Go value of type map[string]interface {{}}"


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    if new.get("type") != old.get("type"):
        errors.invalid("type", new.get("type") or "", IMMUTABLE)
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        errors.forbidden("immutable", IMMUTABLE_WHEN_SET)
    if (new.get("data") or {}) != (old.get("data") or {}):
        errors.forbidden("data", IMMUTABLE_WHEN_SET)


def _count(secret: Json, now: datetime) -> int:
    return len(secret.get("data") or ())


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Type", text_of("type"), description="What the secret is for."),
        Column("Data", _count, description="How many keys it has."),
        AGE,
    ),
    set_defaults=_set_defaults,
    validate=_validate,
    validate_update=_validate_update,
    change_rules_first=True,
    fields={"type": text_field("type")},
)

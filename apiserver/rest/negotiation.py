"""Which media type and which form of it a client wants: the ``Accept`` header, decided before anything is done.

    application/json;as=Table;g=meta.k8s.io;v=v1, application/json;q=0.5

Kubernetes decides in two steps, and each has its own words for what it cannot do. The router looks only at the names of
the types; the handler then takes the best choice that it can make: by quality, named types before ``*``, and with the
transformation that is asked for. Custom resources have no router before them, and no objects in protobuf, though their
metadata may be sent in it. Clients send the same few headers all the time, so what they mean is remembered.

Counterparts: negotiation.NegotiateMediaTypeOptions of apiserver, goautoneg, go-restful's route selection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from pybernetes.api.errors import APIError, failure, not_acceptable

JSON, YAML, PROTOBUF = "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"
MEDIA_TYPES = (JSON, YAML, PROTOBUF)
_STREAMS = (f"{JSON};stream=watch", f"{PROTOBUF};stream=watch")
_META_VERSIONS = ("v1", "v1beta1")
_REMEMBERED_HEADERS = 512


class Form(Enum):
    """The object itself, a Table of it for people, or its metadata alone."""

    OBJECT = "object"
    TABLE = "Table"
    PARTIAL = "PartialObjectMetadata"
    PARTIAL_LIST = "PartialObjectMetadataList"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the answer shall be. `meta_version` is the apiVersion of a Table or of metadata alone."""

    media: str = JSON
    form: Form = Form.OBJECT
    meta_version: str = "meta.k8s.io/v1"
    pretty: bool = False


PLAIN = Wanted()


@dataclass(frozen=True, slots=True)
class _Choice:
    """One part of an Accept header."""

    type: str
    subtype: str
    quality: float = 1.0
    parameters: Mapping[str, str] = field(default_factory=dict)

    def covers(self, media: str) -> bool:
        kind, _, subtype = media.partition("/")
        return (self.type == kind and self.subtype in (subtype, "*")) or self.type == self.subtype == "*"


@lru_cache(_REMEMBERED_HEADERS)
def negotiate(
    accept: str,
    *,
    routed: bool,
    collection: bool = False,
    stream: bool = False,
    bodiless: bool = False,
    tables: bool = True,
) -> Wanted:
    """What a header asks of a resource. Raises 406, or 415 as the router does for a write that has no body.

    `routed`: the resource is built in. `collection`: it is read by list or watch, `stream`: by watch. `tables`: what
    is answered can be printed.
    """
    if not accept:
        return PLAIN
    if routed:
        _route(accept, (*MEDIA_TYPES, *_STREAMS) if collection or stream else MEDIA_TYPES, bodiless=bodiless)
    for choice in _choices(accept):
        for media in MEDIA_TYPES:
            if choice.covers(media):
                wanted = _taken(choice, media, objects_in_protobuf=routed, tables=tables)
                if wanted is not None and stream and media == YAML:
                    raise not_acceptable(_STREAMS)
                if wanted is not None:
                    return wanted
    raise not_acceptable(MEDIA_TYPES)


@lru_cache(_REMEMBERED_HEADERS)
def negotiate_status(accept: str) -> Wanted:
    """How an error, or anything else that is not transformed, is sent: JSON for who takes none of what there is."""
    for choice in _choices(accept):
        for media in MEDIA_TYPES:
            if choice.covers(media) and not _transforms(choice):
                return Wanted(media, pretty=choice.parameters.get("pretty") == "1")
    return Wanted(pretty=bool(accept))


def _route(accept: str, produced: Sequence[str], *, bodiless: bool) -> None:
    names = [choice.partition(";")[0].strip(" ") for choice in accept.split(",")]
    if any(name == "*/*" or name in produced for name in names):
        return
    available = "Available representations: " + ", ".join(produced)
    if bodiless:
        raise routed_media_type_error(f"415: Unsupported Media Type\n\n{available}")
    raise failure(406, "NotAcceptable", f"406: Not Acceptable\n\n{available}", {})


def routed_media_type_error(message: str = "415: Unsupported Media Type") -> APIError:
    """415 as the router says it."""
    return failure(415, "UnsupportedMediaType", message, {})


def _transforms(choice: _Choice) -> bool:
    return any(name in choice.parameters for name in ("as", "g", "v"))


def _taken(choice: _Choice, media: str, *, objects_in_protobuf: bool, tables: bool = True) -> Wanted | None:
    """What a choice means for a media type; None if it asks for something that is not there."""
    parameters = choice.parameters
    if parameters.get("stream") and (media == YAML or parameters["stream"] != "watch"):
        return None
    if parameters.get("sv"):
        return None
    pretty = parameters.get("pretty") == "1"
    if not _transforms(choice):
        return Wanted(media, pretty=pretty) if media != PROTOBUF or objects_in_protobuf else None
    version = parameters.get("v")
    if parameters.get("g") != "meta.k8s.io" or version not in _META_VERSIONS:
        return None
    try:
        form = Form(parameters.get("as"))
    except ValueError:
        return None
    if form is Form.OBJECT or (form is Form.TABLE and (media == PROTOBUF or not tables)):
        return None
    return Wanted(media, form, f"meta.k8s.io/{version}", pretty)


def _choices(accept: str) -> list[_Choice]:
    """The parts of a header, the best first; what cannot be read is left out."""
    found = [choice for choice in map(_choice, accept.split(",")) if choice is not None]
    return sorted(found, key=lambda choice: (-choice.quality, choice.type == "*", choice.subtype == "*"))


def _choice(text: str) -> _Choice | None:
    name, *given = (part.strip() for part in text.split(";"))
    kind, separator, subtype = (part.strip() for part in name.partition("/"))
    if not separator:
        if kind != "*":
            return None
        subtype = "*"
    if "/" in subtype:
        return None
    parameters = dict(pair for parameter in given if (pair := _parameter(parameter)) is not None)
    quality = _quality(parameters.pop("q", "1"))
    return _Choice(kind, subtype, quality, parameters)


def _parameter(text: str) -> tuple[str, str] | None:
    name, separator, value = text.partition("=")
    return (name.strip(), value.strip()) if separator and "=" not in value else None


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0

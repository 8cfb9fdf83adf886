"""`describe` of namespaces, config maps, secrets, and of every kind that has no page of its own."""

from __future__ import annotations

import base64
import re
from typing import Any

from pybernetes.api.object import name_of, namespace_of
from pybernetes.pyctl.describing.document import Text, write_annotations, write_events, write_labels

Json = dict[str, Any]


def describe_namespace(obj: Json, quotas: list[Json], limits: list[Json]) -> str:
    """A namespace with its quotas and limits."""
    text = Text()
    text.line(0, "Name:", name_of(obj))
    write_labels(text, obj)
    write_annotations(text, obj)
    text.line(0, "Status:", (obj.get("status") or {}).get("phase", ""))
    _write_quotas(text, quotas)
    _write_limits(text, limits)
    return str(text)


def _write_quotas(text: Text, quotas: list[Json]) -> None:
    text.line(0, "")
    if not quotas:
        text.line(0, "No resource quota.")
        return
    text.line(0, "Resource Quotas")
    for quota in quotas:
        status = quota.get("status") or {}
        hard, used = status.get("hard") or {}, status.get("used") or {}
        text.line(1, "Name:", name_of(quota))
        text.line(1, "Resource", "Used", "Hard")
        text.line(1, "--------", "---", "---")
        for name in sorted(hard):
            text.line(1, name, used.get(name, "0"), hard[name])


def _write_limits(text: Text, limits: list[Json]) -> None:
    text.line(0, "")
    if not limits:
        text.line(0, "No LimitRange resource.")
        return
    text.line(0, "Resource Limits")
    text.line(0, " Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio")
    text.line(0, " ----", "--------", "---", "---", "---------------", "-------------", "-----------------------")
    fields = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")
    for limit in limits:
        for item in limit["spec"].get("limits") or ():
            for name in sorted({name for field in fields for name in item.get(field) or ()}):
                text.line(0, f" {item['type']}", name, *((item.get(field) or {}).get(name, "-") for field in fields))


def describe_config_map(obj: Json, events: list[Json] | None) -> str:
    text = _head(obj)
    text.line(0, "")
    text.line(0, "Data")
    text.line(0, "====")
    for key in sorted(obj.get("data") or {}):
        text.line(0, f"{key}:")
        text.line(0, "----")
        text.raw(obj["data"][key])
        text.line(0, "")
    text.line(0, "")
    text.line(0, "BinaryData")
    text.line(0, "====")
    for key in sorted(obj.get("binaryData") or {}):
        text.line(0, f"{key}: {len(base64.b64decode(obj['binaryData'][key]))} bytes")
    text.line(0, "")
    write_events(text, events)
    return str(text)


def describe_secret(obj: Json) -> str:
    """A secret: its keys, and how much is behind each."""
    text = _head(obj)
    text.line(0, "")
    text.line(0, "Type:", obj.get("type", ""))
    text.line(0, "")
    text.line(0, "Data")
    text.line(0, "====")
    for key in sorted(obj.get("data") or {}):
        text.line(0, f"{key}:", f"{len(base64.b64decode(obj['data'][key]))} bytes")
    return str(text)


def _head(obj: Json) -> Text:
    text = Text()
    text.line(0, "Name:", name_of(obj))
    text.line(0, "Namespace:", namespace_of(obj))
    write_labels(text, obj)
    write_annotations(text, obj)
    return text


SMALL_WORDS = {"api": "API", "url": "URL", "uid": "UID", "osb": "OSB", "gui": "GUID"}


def title_of(field: str) -> str:
    """``creationTimestamp`` as ``Creation Timestamp``."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", field) or [field]
    return " ".join(SMALL_WORDS.get(word.lower(), word[:1].upper() + word[1:]) for word in words)


SKIPPED = frozenset(("name", "namespace", "labels", "annotations", "managedFields", "selfLink"))


def describe_generic(obj: Json, events: list[Json] | None) -> str:
    """Every field, in order of its name."""
    text = _head(obj)
    text.line(0, "API Version:", obj.get("apiVersion", ""))
    text.line(0, "Kind:", obj.get("kind", ""))
    rest = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
    rest["metadata"] = {key: value for key, value in obj["metadata"].items() if key not in SKIPPED}
    _write_mapping(text, 0, rest)
    write_events(text, events)
    return str(text)


def _write_mapping(text: Text, level: int, value: Json) -> None:
    for key in sorted(value, key=title_of):
        item, title = value[key], f"{title_of(key)}:"
        if isinstance(item, dict):
            text.line(level, title)
            _write_mapping(text, level + 1, item)
        elif isinstance(item, list):
            text.line(level, title)
            for one in item:
                if isinstance(one, dict):
                    _write_mapping(text, level + 1, one)
                else:
                    text.line(level + 1, _scalar(one))
        else:
            text.line(level, title, _scalar(item))


def _scalar(value: Any) -> str:
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)

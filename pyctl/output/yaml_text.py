"""Objects as YAML text, as kubectl prints it.

Keys are sorted, lists stand at the indentation of their key, text of several lines is a literal block, and text is
quoted only where it would read as something else. Written for JSON values alone, it needs no YAML library, and is
what `get -o yaml` costs no import for. Counterpart: sigs.k8s.io/yaml over go-yaml v2.
"""

from __future__ import annotations

import json
import re
from typing import Any

_WORDS = frozenset(
    [
        "y",
        "Y",
        "yes",
        "Yes",
        "YES",
        "on",
        "On",
        "ON",
        "n",
        "N",
        "no",
        "No",
        "NO",
        "off",
        "Off",
        "OFF",
        "true",
        "True",
        "TRUE",
        "false",
        "False",
        "FALSE",
        "~",
        "null",
        "Null",
        "NULL",
        ".nan",
        ".NaN",
        ".NAN",
        ".inf",
        ".Inf",
        ".INF",
        "+.inf",
        "+.Inf",
        "+.INF",
        "-.inf",
        "-.Inf",
        "-.INF",
        "<<",
    ]
)
_NUMBER = re.compile(
    r"[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*|"
    r"(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?.*)?")
_FIRST_INDICATORS = frozenset("#,[]{}&*!|>'\"%@`")
_SPECIAL = re.compile("[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def document(value: Any) -> str:
    """The whole text, with a line end behind it."""
    if isinstance(value, dict) and value:
        return "".join(_mapping(value, ""))
    if isinstance(value, list) and value:
        return "".join(_sequence(value, ""))
    return _scalar(value, "") + "\n"


def _mapping(value: dict[str, Any], indent: str) -> list[str]:
    parts: list[str] = []
    for key in sorted(value):
        item = value[key]
        name = _text(key, indent, key=True)
        if isinstance(item, dict) and item:
            parts.append(f"{indent}{name}:\n")
            parts += _mapping(item, indent + "  ")
        elif isinstance(item, list) and item:
            parts.append(f"{indent}{name}:\n")
            parts += _sequence(item, indent)
        else:
            parts.append(f"{indent}{name}: {_scalar(item, indent)}\n")
    return parts


def _sequence(value: list[Any], indent: str) -> list[str]:
    parts: list[str] = []
    for item in value:
        if isinstance(item, dict | list) and item:
            inner = indent + "  "
            block = _mapping(item, inner) if isinstance(item, dict) else _sequence(item, inner)
            block[0] = f"{indent}- {block[0][len(inner) :]}"
            parts += block
        else:
            parts.append(f"{indent}- {_scalar(item, indent)}\n")
    return parts


def _scalar(value: Any, indent: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return _text(str(value), indent)


def _text(text: str, indent: str, *, key: bool = False) -> str:
    """A string in the style that go-yaml would choose for it."""
    if _SPECIAL.search(text) or " \n" in text:
        return json.dumps(text, ensure_ascii=False)
    if "\n" in text:
        return json.dumps(text, ensure_ascii=False) if key or text.endswith(" ") else _literal(text, indent)
    if not text or _reads_as_other(text):
        return json.dumps(text, ensure_ascii=False)
    if not _is_plain(text):
        return "'" + text.replace("'", "''") + "'"
    return text


def _reads_as_other(text: str) -> bool:
    if text in _WORDS:
        return True
    if text[0] not in "+-.0123456789":
        return False
    return any(pattern.fullmatch(text) for pattern in (_NUMBER, _BASE_60, _DATE))


def _is_plain(text: str) -> bool:
    first = text[0]
    if first in _FIRST_INDICATORS or first == " " or text[-1] == " " or text.startswith(("---", "...")):
        return False
    if first in "-?:" and (len(text) == 1 or text[1] == " "):
        return False
    return ": " not in text and " #" not in text and not text.endswith(":")


def _literal(text: str, indent: str) -> str:
    hint = "2" if text[0] in " \n" else ""
    body = text.rstrip("\n")
    chomp = (
        "-" if not text.endswith("\n") else "" if text.endswith("\n") and not text.endswith("\n\n") and body else "+"
    )
    inner = indent + "  "
    lines = [(inner + line) if line else "" for line in (text[:-1] if text.endswith("\n") else text).split("\n")]
    return f"|{hint}{chomp}\n" + "\n".join(lines)

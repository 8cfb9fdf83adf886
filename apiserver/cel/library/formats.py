"""The named formats: ``format.dns1123Label().validate(name)`` gives what is wrong with it, if anything is.

Counterpart: apiserver/pkg/cel/library/format.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pybernetes.api import names
from pybernetes.api.schema.formats import fits_format
from pybernetes.apiserver.cel.functions import REGEX, TRAVERSAL, Functions, Overload, scaled
from pybernetes.apiserver.cel.library.urls import URLError, parse_request_uri
from pybernetes.apiserver.cel.types import STRING, Type, list_of, opaque, optional_of
from pybernetes.apiserver.cel.values import NONE, Optional, optional, size_of

FORMAT = opaque("kubernetes.NamedFormat")


@dataclass(frozen=True, slots=True)
class Format:
    """`pattern_size` is what its pattern counts for in costs."""

    name: str
    check: Callable[[str], list[str]]
    pattern_size: int
    cel_type: ClassVar[Type] = FORMAT
    equality_is_cheap: ClassVar[bool] = True


def _prefix(check: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """A name that something will be added to may end with a dash."""
    return lambda text: check(f"{text[:-1]}a" if text.endswith("-") else text)


def _uri(text: str) -> list[str]:
    try:
        parse_request_uri(text)
    except URLError as error:
        return [str(error)]
    return []


def _plain(format_name: str, wrong: str) -> Callable[[str], list[str]]:
    return lambda text: [] if fits_format(text, format_name) else [wrong]


def _base64(text: str) -> list[str]:
    try:
        base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return ["invalid base64"]
    return [] if text else ["invalid base64"]


_DATE_TIME_PATTERN_SIZE = 110
FORMATS = {
    "dns1123Label": Format("DNS1123Label", names.dns_label, 30),
    "dns1123Subdomain": Format("DNS1123Subdomain", names.dns_subdomain, 60),
    "dns1035Label": Format("DNS1035Label", names.dns_label_1035, 30),
    "qualifiedName": Format("QualifiedName", names.qualified_name, 60),
    "dns1123LabelPrefix": Format("DNS1123LabelPrefix", _prefix(names.dns_label), 30),
    "dns1123SubdomainPrefix": Format("DNS1123SubdomainPrefix", _prefix(names.dns_subdomain), 60),
    "dns1035LabelPrefix": Format("DNS1035LabelPrefix", _prefix(names.dns_label_1035), 30),
    "labelValue": Format("LabelValue", names.label_value, 40),
    "uri": Format("URI", _uri, 1800),
    "uuid": Format("uuid", _plain("uuid", "does not match the UUID format"), 70),
    "byte": Format("byte", _base64, 84),
    "date": Format("date", _plain("date", "invalid date"), _DATE_TIME_PATTERN_SIZE),
    "datetime": Format("datetime", _plain("datetime", "invalid datetime"), _DATE_TIME_PATTERN_SIZE),
}


def _validate(form: Format, text: str) -> Optional:
    wrong = form.check(text)
    return optional(wrong) if wrong else NONE


def _validation_cost(values: Sequence[Any], result: Any) -> int:
    return scaled(1 + size_of(values[1]), TRAVERSAL) * scaled(values[0].pattern_size, REGEX)


def _named(name: str) -> Optional:
    return optional(FORMATS[name]) if name in FORMATS else NONE


def _constant(form: Format) -> Callable[[], Format]:
    return lambda: form


NAMED_FORMATS: Functions = {
    "format.named": [Overload("format-named", (STRING,), optional_of(FORMAT), _named)],
    "validate": [
        Overload(
            "format-validate",
            (FORMAT, STRING),
            optional_of(list_of(STRING)),
            _validate,
            member=True,
            cost=_validation_cost,
        )
    ],
    **{f"format.{name}": [Overload(f"format.{name}", (), FORMAT, _constant(form))] for name, form in FORMATS.items()},
}

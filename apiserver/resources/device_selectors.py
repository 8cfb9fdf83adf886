"""Selectors of devices: their expressions are compiled when an object that has them is written.

One that is no expression, gives no boolean or could cost too much is refused; one that was there before is not looked
at again. What compiles them is imported with the first, since it brings CEL with it.

Counterpart: pkg/apis/resource/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.resource.parts_validation import EXPRESSION_MAX_BYTES
from pybernetes.apiserver.resources.hooks import Hooks

Selectors = Iterator[tuple[str, Json]]


def _of_claim(spec: Json, path: str) -> Selectors:
    for index, request in enumerate((spec.get("devices") or {}).get("requests") or ()):
        at = f"{path}.devices.requests[{index}]"
        if request.get("exactly") is not None:
            yield from _of_holder(request["exactly"], f"{at}.exactly")
        for place, alternative in enumerate(request.get("firstAvailable") or ()):
            yield from _of_holder(alternative, f"{at}.firstAvailable[{place}]")


def _of_template(spec: Json, path: str) -> Selectors:
    return _of_claim(spec.get("spec") or {}, f"{path}.spec")


def _of_holder(holder: Json, path: str) -> Selectors:
    for index, selector in enumerate(holder.get("selectors") or ()):
        yield f"{path}.selectors[{index}].cel.expression", selector


def _validate(selectors: Callable[[Json, str], Selectors], obj: Json, old: Json | None, errors: ErrorList) -> None:
    spec = obj.get("spec") or {}
    if old is not None and spec == old.get("spec"):
        return
    for path, selector in selectors(spec, "spec"):
        text = (selector.get("cel") or {}).get("expression") or ""
        if selector.get("cel") is not None and len(text.encode()) <= EXPRESSION_MAX_BYTES:
            _check(text, path, errors)


def _check(text: str, path: str, errors: ErrorList) -> None:
    from pybernetes.apiserver.resources.device_expressions import check_expression

    check_expression(text, path, errors)


_HOLDERS: dict[str, Callable[[Json, str], Selectors]] = {
    "resourceclaims": _of_claim,
    "resourceclaimtemplates": _of_template,
    "deviceclasses": _of_holder,
}
HOOKS = {
    f"{plural}.resource.k8s.io": Hooks(validate=partial(_validate, selectors)) for plural, selectors in _HOLDERS.items()
}

"""Lists, maps and objects that are written out, as something that makes them."""

from __future__ import annotations

from typing import Any

from pybernetes.apiserver.cel.errors import EvaluationError, no_such_overload
from pybernetes.apiserver.cel.frame import Frame, Run
from pybernetes.apiserver.cel.operators import key_text
from pybernetes.apiserver.cel.types import TypeProvider
from pybernetes.apiserver.cel.values import Optional


def list_maker(elements: list[tuple[Run, bool]]) -> Run:
    """Each element, and whether it is left out when it is missing."""
    if not any(may_miss for _, may_miss in elements):
        runs = [run for run, _ in elements]
        return lambda frame: [run(frame) for run in runs]

    def make(frame: Frame) -> list[Any]:
        result = []
        for run, may_miss in elements:
            value = run(frame)
            if not may_miss:
                result.append(value)
            elif _held(value).present:
                result.append(value.value)
        return result

    return make


def map_maker(entries: list[tuple[Run, Run, bool]]) -> Run:
    """Each key and value, and whether the entry is left out when its value is missing."""

    def make(frame: Frame) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for run_key, run_value, may_miss in entries:
            key, value = run_key(frame), run_value(frame)
            if may_miss:
                if not _held(value).present:
                    continue
                value = value.value
            if key in result:
                raise EvaluationError(f"Failed with repeated key: {key_text(key)}")
            result[key] = value
        return result

    return make


def object_maker(provider: TypeProvider, name: str, entries: list[tuple[str, Run, bool]]) -> Run:
    """An object of a type that the provider knows."""

    def make(frame: Frame) -> Any:
        fields: dict[str, Any] = {}
        for field, run, may_miss in entries:
            value = run(frame)
            if may_miss:
                if not _held(value).present:
                    continue
                value = value.value
            fields[field] = value
        return provider.make(name, fields)

    return make


def _held(value: Any) -> Optional:
    if type(value) is not Optional:
        raise no_such_overload()
    return value

"""The selectors of a request as a review says them, and as authorization takes them: text of a query.

A review names requirements one by one, or gives the query's text. What cannot be read is left out and told: that
makes the request a wider one, so nobody is allowed more by it. Counterpart: registry/authorization/util.
"""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.api.object import Json
from pybernetes.api.selectors import SelectorError, parse_field_selector, parse_label_selector


@dataclass(frozen=True, slots=True)
class ReadSelector:
    """The selector as a query has it, without what could not be read; `errors` says what that was."""

    text: str = ""
    errors: tuple[str, ...] = ()


def read_field_selector(selector: Json) -> ReadSelector:
    requirements = selector.get("requirements") or ()
    if not requirements:
        return _raw(str(selector.get("rawSelector") or ""), labels=False)
    terms: list[str] = []
    errors: list[str] = []
    for requirement in requirements:
        operator, values = requirement.get("operator"), list(requirement.get("values") or ())
        sign = {"In": "=", "NotIn": "!="}.get(operator)
        if len(values) > 1:
            errors.append("fieldSelectors do not yet support multiple values")
        elif operator in ("Exists", "DoesNotExist"):
            errors.append(f"fieldSelectors do not yet support {operator}")
        elif sign is None:
            errors.append(f'"{operator}" is not a valid field selector operator')
        elif not values:
            errors.append(f"fieldSelectors {'in' if operator == 'In' else 'not in'} must have one value")
        else:
            terms.append(f"{requirement.get('key')}{sign}{_escaped(str(values[0]))}")
    return ReadSelector(",".join(terms), tuple(errors))


def read_label_selector(selector: Json) -> ReadSelector:
    requirements = selector.get("requirements") or ()
    if not requirements:
        return _raw(str(selector.get("rawSelector") or ""), labels=True)
    terms: list[str] = []
    errors: list[str] = []
    for requirement in requirements:
        key, operator = str(requirement.get("key") or ""), requirement.get("operator")
        values = ",".join(sorted(str(value) for value in requirement.get("values") or ()))
        term = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }.get(str(operator))
        if term is None:
            errors.append(f'"{operator}" is not a valid label selector operator')
            continue
        read = _raw(term, labels=True)
        errors += read.errors
        terms += [read.text] * bool(read.text)
    return ReadSelector(",".join(terms), tuple(errors))


def _raw(text: str, *, labels: bool) -> ReadSelector:
    try:
        if labels:
            parse_label_selector(text)
        else:
            parse_field_selector(text)
    except SelectorError as error:
        return ReadSelector(errors=(str(error),))
    return ReadSelector(text)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")

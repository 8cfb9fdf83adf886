"""The metrics API, for `top`."""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
METRICS = "/apis/metrics.k8s.io/v1beta1"
MEBIBYTE = 1 << 20


def read_metrics(session: Session, path: str, query: list[tuple[str, str]]) -> list[Json]:
    """The items at a path of the metrics API, or the one. Raises `Failure` when no server of metrics is installed."""
    try:
        answer = session.connection.json("GET", METRICS + path, query)
    except APIError as error:
        if error.code in (404, 503) and not (error.status.get("details") or {}).get("name"):
            raise Failure("Metrics API not available") from error
        raise
    return list(answer["items"]) if "items" in answer else [answer]


def sort_usage(lines: list[tuple[int, int, list[str]]], key: str) -> None:
    """Order (millicores, mebibytes, names) by name, or by the larger use first."""
    if key == "cpu":
        lines.sort(key=lambda line: -line[0])
    elif key == "memory":
        lines.sort(key=lambda line: -line[1])
    else:
        lines.sort(key=lambda line: line[2])


def millicores(text: str) -> int:
    """Thousandths of a core, rounded up as kubectl shows them."""
    from pybernetes.api.quantity import milli

    return milli(text)


def mebibytes(text: str) -> int:
    from pybernetes.api.quantity import parse_quantity

    return int(parse_quantity(text)) // MEBIBYTE

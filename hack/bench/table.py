"""Benchmark results as a table: median and spread of the runs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured thing: its values, one a run, their unit, and a remark."""

    title: str
    values: list[float]
    unit: str
    note: str = ""


def shown(value: float) -> str:
    """Three significant figures, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def print_table(title: str, rows: Iterable[Row]) -> None:
    lines = [("", "median", "least – most", "")]
    for row in rows:
        spread = f"{shown(min(row.values))} – {shown(max(row.values))}" if len(row.values) > 1 else ""
        lines.append((row.title, f"{shown(statistics.median(row.values))} {row.unit}", spread, row.note))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    print(f"\n{title}")
    for line in lines:
        cells = [line[0].ljust(widths[0]), line[1].rjust(widths[1]), line[2].rjust(widths[2]), line[3]]
        print("  ".join(cells).rstrip())

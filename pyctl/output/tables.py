"""Aligned columns, byte for byte as kubectl's tab writer makes them.

A column is as wide as its widest cell and three spaces, six at least; the last column is not filled up. Text with
nothing behind it keeps the spaces of the columns before it. A `ColumnWriter` remembers widths, so that what a watch
prints later stays in line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
MIN_WIDTH, PADDING = 6, 3
NONE = "<none>"


class ColumnWriter:
    """Lays out rows; widths only ever grow."""

    def __init__(self) -> None:
        self._widths: list[int] = []

    def format(self, rows: Sequence[Sequence[str]]) -> list[str]:
        """One line a row. All cells but the last of each row are filled up to their column's width."""
        for row in rows:
            while len(self._widths) < len(row) - 1:
                self._widths.append(MIN_WIDTH)
            for index, cell in enumerate(row[:-1]):
                self._widths[index] = max(self._widths[index], len(cell) + PADDING)
        lines = []
        for row in rows:
            filled = [cell.ljust(self._widths[index]) for index, cell in enumerate(row[:-1])]
            lines.append("".join(filled) + (row[-1] if row else ""))
        return lines


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in line, on their own."""
    return ColumnWriter().format(rows)


def cell_text(value: Any) -> str:
    """A Table's cell as text: on one line, with control characters shown."""
    if value is None:
        return "<nil>"
    if value is True or value is False:
        return "true" if value else "false"
    text = str(value)
    if "\n" in text or "\r" in text or "\f" in text:
        for mark in ("\n", "\r", "\f"):
            head, found, _ = text.partition(mark)
            text = head + "..." if found else text
    return text.replace("\t", "\\t") if "\t" in text else text


class TableOptions:
    """What of a table is shown."""

    def __init__(
        self,
        *,
        wide: bool = False,
        with_namespace: bool = False,
        with_kind: str = "",
        show_labels: bool = False,
        label_columns: Sequence[str] = (),
        headers: bool = True,
    ):
        self.wide = wide
        self.with_namespace = with_namespace
        self.with_kind = with_kind
        self.show_labels = show_labels
        self.label_columns = label_columns
        self.headers = headers


def header_of(columns: Sequence[Json], options: TableOptions) -> list[str]:
    """The titles of the columns that are shown."""
    titles = ["NAMESPACE"] if options.with_namespace else []
    titles += [column["name"].upper() for column in columns if options.wide or not column.get("priority")]
    titles += [key.rpartition("/")[2].upper() for key in options.label_columns]
    return [*titles, "LABELS"] if options.show_labels else titles


def rows_of(columns: Sequence[Json], rows: Sequence[Json], options: TableOptions) -> list[list[str]]:
    """The cells that are shown of each row of a Table."""
    shown = [index for index, column in enumerate(columns) if options.wide or not column.get("priority")]
    name_index = next((index for index, column in enumerate(columns) if column.get("format") == "name"), 0)
    result = []
    for row in rows:
        cells = row["cells"]
        metadata = (row.get("object") or {}).get("metadata") or {}
        labels = metadata.get("labels") or {}
        line = [metadata.get("namespace", "")] if options.with_namespace else []
        for index in shown:
            text = cell_text(cells[index]) if index < len(cells) else ""
            if index == name_index and options.with_kind:
                text = f"{options.with_kind}/{text}"
            line.append(text)
        line += [labels.get(key) or "" for key in options.label_columns]
        if options.show_labels:
            line.append(labels_text(labels))
        result.append(line)
    return result


def labels_text(labels: Json) -> str:
    """``a=1,b=2``, or ``<none>``."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or NONE

"""Elastic tabstops: text with tabs, lined up block by block, as Go's text/tabwriter does it.

A cell is what ends in a tab. Lines that follow each other and have a cell in a column form a block, and the column is
as wide as the block's widest cell and the padding. So each group of ``Name:<tab>value`` lines finds its own width.
"""

from __future__ import annotations

PADDING = 2


def align(text: str, padding: int = PADDING) -> str:
    """The text with spaces in place of tabs."""
    lines = [line.split("\t") for line in text.split("\n")]
    widths: list[list[int]] = [[] for _ in lines]
    _measure(lines, widths, 0, len(lines), 0, padding)
    return "\n".join(_fill(cells, width) for cells, width in zip(lines, widths, strict=True))


def _measure(lines: list[list[str]], widths: list[list[int]], start: int, end: int, column: int, padding: int) -> None:
    """Set the width of a column for each block of lines within [start, end), and of the columns right of it."""
    at = start
    while at < end:
        if len(lines[at]) - 1 <= column:
            at += 1
            continue
        block_end = at
        while block_end < end and len(lines[block_end]) - 1 > column:
            block_end += 1
        width = max(len(lines[line][column]) for line in range(at, block_end)) + padding
        for line in range(at, block_end):
            widths[line].append(width)
        _measure(lines, widths, at, block_end, column + 1, padding)
        at = block_end


def _fill(cells: list[str], widths: list[int]) -> str:
    filled = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "".join(filled) + cells[-1]

"""Which rows changed since somebody last looked.

Whoever keeps results for every row remembers a position and asks what came after it, so that bringing results up
to date costs as much as has changed and not as much as there is. The log is cut when it is long: a reader that is
further behind than that starts over, which is then cheaper anyway.
"""

from __future__ import annotations

_KEPT = 4096  # rows; catching up over more than this costs as much as working out all rows of a large cluster


class ChangeLog:
    """Row numbers in the order they changed."""

    def __init__(self, kept: int = _KEPT):
        self._kept = kept
        self._rows: list[int] = []
        self._dropped = 0

    @property
    def position(self) -> int:
        return self._dropped + len(self._rows)

    def add(self, row: int) -> None:
        self._rows.append(row)
        if len(self._rows) >= 2 * self._kept:
            del self._rows[: self._kept]
            self._dropped += self._kept

    def since(self, position: int) -> list[int] | None:
        """The rows that changed after `position`, each once; None when the log no longer reaches back that far."""
        if position < self._dropped:
            return None
        changed = self._rows[position - self._dropped :]
        return changed if len(changed) < 2 else sorted(set(changed))

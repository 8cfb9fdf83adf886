"""What differs between two states of an object, for the error that says a field cannot change.

The lines of a unified diff, three of them around each change, of both states written as indented JSON in the form that
Kubernetes keeps in memory (`internal_form`).

Counterpart: diff.Diff in k8s.io/apimachinery/pkg/util/diff.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from pybernetes.api.field import HTML_ESCAPES

MAX_LINES = 4000  # of each state; to align more takes seconds. A large pod has a tenth of it


def describe_difference(old: Any, new: Any) -> str:
    """The diff from one state to the other, each as `internal_form.internal_value` gives it."""
    import difflib  # takes milliseconds, and few writes are wrong

    before, after = _lines(old), _lines(new)
    if max(len(before), len(after)) > MAX_LINES:
        return "".join([f"-{line}" for line in before[:MAX_LINES]] + [f"+{line}" for line in after[:MAX_LINES]])
    headless = islice(difflib.unified_diff(before, after), 2, None)
    return "".join(headless)


def _lines(value: Any) -> list[str]:
    text = json.dumps(value, ensure_ascii=False, indent=1).translate(HTML_ESCAPES)
    return [f"{line}\n" for line in text.split("\n")]

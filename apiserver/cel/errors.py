"""What can be wrong with an expression, before it runs and while it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SHOWN_ERRORS = 100


@dataclass(frozen=True, order=True, slots=True)
class Issue:
    """One error at a place: `line` from 1, `column` from 0; line -1 where there is none."""

    line: int
    column: int
    message: str


class CompileError(ValueError):
    """The expression is no valid one. Its text names every place, as cel-go prints them."""

    def __init__(self, text: str, issues: Sequence[Issue] = ()):
        super().__init__(text)
        self.issues = tuple(issues)


class ProgramError(CompileError):
    """The expression is valid, and what is written out in it has no value: ``int("x")``."""


class EvaluationError(Exception):
    """The expression has no value for these inputs. `cost` is what it took to find out."""

    cost = 0


class CostExceeded(EvaluationError):
    """The evaluation took more than it was allowed to."""

    def __init__(self, message: str = "operation cancelled: actual cost limit exceeded"):
        super().__init__(message)


def no_such_overload() -> EvaluationError:
    return EvaluationError("no such overload")


def compile_error(source: str, issues: Iterable[Issue]) -> CompileError:
    """The error of all issues, each with the line it is in and a mark below the place."""
    lines = source.split("\n")
    ordered = sorted(issues)
    shown = [_shown(issue, lines) for issue in ordered[:_SHOWN_ERRORS]]
    if len(ordered) > _SHOWN_ERRORS:
        shown.append(f"{len(ordered) - _SHOWN_ERRORS} more errors were truncated")
    return CompileError("\n".join(shown), ordered)


def _shown(issue: Issue, lines: Sequence[str]) -> str:
    text = f"ERROR: <input>:{issue.line}:{issue.column + 1 if issue.line > 0 else 0}: {issue.message}"
    if not 0 < issue.line <= len(lines):
        return text
    line = lines[issue.line - 1].replace("\t", " ")
    before = "".join("．" if ord(character) > 127 else "." for character in line[: issue.column])
    wide = issue.column < len(line) and ord(line[issue.column]) > 127
    return f"{text}\n | {line}\n | {before}{'＾' if wide else '^'}"


def place_of(source: str, offset: int) -> tuple[int, int]:
    """Line from 1 and column from 0 of a character."""
    line = source.count("\n", 0, offset)
    return line + 1, offset - (source.rfind("\n", 0, offset) + 1)

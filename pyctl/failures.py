"""What goes wrong, and the words and exit code for it.

A command raises; `__main__` prints. `Failure` is our own complaint, `APIError` the server's, and `Failures` carries
several of either, for commands that go on with the next object after one failed. Counterpart: cmdutil.CheckErr.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.errors import APIError


class Failure(Exception):
    """A message for the user, without the ``error: `` in front. `code` is the exit code."""

    def __init__(self, message: str, code: int = 1, prefix: str = "error: "):
        super().__init__(message)
        self.code = code
        self.prefix = prefix


class UsageFailure(Failure):
    """The command was called wrongly; the reader is sent to its help."""

    def __init__(self, message: str):
        super().__init__(message, prefix="Error: ")


class Failures(Exception):
    """Several failures, to be reported one a line."""

    def __init__(self, errors: Sequence[Exception]):
        super().__init__(f"{len(errors)} failures")
        self.errors = list(errors)


class Exit(Exception):
    """End with this exit code and say nothing: a remote command failed, a diff found differences."""

    def __init__(self, code: int):
        super().__init__(f"exit code {code}")
        self.code = code


def raise_all(errors: Sequence[Exception]) -> None:
    """Raise what was collected: nothing, the one failure, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Failures(errors)


def describe(error: Exception) -> str:
    """The lines that tell of a failure."""
    if isinstance(error, Failures):
        lines = [_plain_status(one) if isinstance(one, APIError) else describe(one) for one in error.errors]
        return "\n".join(dict.fromkeys(lines))
    if isinstance(error, APIError):
        return _describe_status(error)
    if isinstance(error, Failure):
        return f"{error.prefix}{error}"
    return f"error: {error}"


def _describe_status(error: APIError) -> str:
    """An invalid object alone gets its causes one a line."""
    return _describe_invalid(error) if error.reason == "Invalid" else _plain_status(error)


def _plain_status(error: APIError) -> str:
    if error.reason == "Unauthorized":
        return f"error: You must be logged in to the server ({error.message})"
    if error.reason:
        return f"Error from server ({error.reason}): {error.message}"
    return f"Error from server: {error.message}"


def _describe_invalid(error: APIError) -> str:
    details = error.status.get("details") or {}
    said = "The request is invalid"
    if details.get("kind") or details.get("name"):
        kind = details.get("kind", "")
        if details.get("group"):
            kind = f"{kind}.{details['group']}"
        said = f'The {kind.split(".")[0]} "{details.get("name", "")}" is invalid'
    elif error.message and not error.causes:
        return f"{said}: {error.message}"
    causes = list(dict.fromkeys(f"{cause.get('field', '')}: {cause.get('message', '')}" for cause in error.causes))
    if not causes:
        return said
    if len(causes) == 1:
        return f"{said}: {causes[0]}"
    return "\n".join([f"{said}: ", *(f"* {cause}" for cause in causes)])


def with_context(error: Exception, context: str) -> Exception:
    """The same failure, its message told after where it happened: ``error when creating "x.yaml": …``."""
    if isinstance(error, APIError):
        return APIError({**error.status, "message": f"{context}: {error.message}"})
    if isinstance(error, Failure):
        return Failure(f"{context}: {error}", error.code, error.prefix)
    return error

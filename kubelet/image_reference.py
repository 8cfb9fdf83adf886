"""Names of images: what is one, its default tag, its registry. Pure. Counterpart: distribution/reference."""

from __future__ import annotations

import re

_HOST = r"(?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>(?:(?P<host>{_HOST}(?::[0-9]+)?)/)?{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?"
)
DEFAULT_HOST = "docker.io"


class InvalidReference(ValueError):
    """The text is no image's name."""


def _parse(image: str) -> re.Match[str]:
    found = _REFERENCE.fullmatch(image)
    if found is None:
        raise InvalidReference(f'couldn\'t parse image name "{image}": invalid reference format')
    return found


def with_default_tag(image: str) -> str:
    """The name with ``:latest`` where it has neither tag nor digest. Raises `InvalidReference`."""
    found = _parse(image)
    return image if found["tag"] or found["digest"] else f"{image}:latest"


def pull_policy(container_policy: str | None, image: str) -> str:
    """The policy in force: what is said, or Always for ``:latest`` and IfNotPresent for the rest."""
    if container_policy:
        return container_policy
    found = _REFERENCE.fullmatch(image)
    is_latest = found is not None and not found["digest"] and found["tag"] in (None, "latest")
    return "Always" if is_latest else "IfNotPresent"


def registry_path(image: str) -> str:
    """``host/path`` of an image without tag, with the default registry filled in. Raises `InvalidReference`."""
    name = _parse(image)["name"]
    first, slash, rest = name.partition("/")
    if not slash:
        return f"{DEFAULT_HOST}/library/{name}"
    if "." in first or ":" in first or first == "localhost":
        return name
    return f"{DEFAULT_HOST}/{first}/{rest}"

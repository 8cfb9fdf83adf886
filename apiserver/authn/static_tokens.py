"""Tokens from --token-auth-file: lines of ``token,user,uid,"group1,group2"``, read once at start."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from pybernetes.apiserver.authn.token_authenticator import Authenticated
from pybernetes.apiserver.user import User

log = logging.getLogger(__name__)


class StaticTokens:
    """A `TokenAuthenticator` over a fixed table."""

    def __init__(self, users: Mapping[str, User], *, api_audiences: tuple[str, ...]):
        self._users = dict(users)
        self._api_audiences = api_audiences

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        user = self._users.get(token)
        if user is None:
            return None
        shared = tuple(audience for audience in audiences if audience in self._api_audiences)
        return Authenticated(user, audiences=shared) if shared else None


def load_tokens(path: Path) -> dict[str, User]:
    """Raises ValueError for a line with fewer than three columns, OSError."""
    with path.open(newline="") as stream:
        return parse_tokens(stream, source=str(path))


def parse_tokens(lines: Iterable[str], *, source: str = "token file") -> dict[str, User]:
    """The users of a token file by token. A line without a token is skipped, of two the same the last counts."""
    users: dict[str, User] = {}
    for number, row in enumerate(csv.reader(lines, skipinitialspace=True), start=1):
        if not row:
            continue
        if len(row) < 3:
            raise ValueError(
                f"{source}: line {number} needs at least 3 columns (token, user name, uid), has {len(row)}"
            )
        token, name, uid = row[0].strip(), row[1].strip(), row[2].strip()
        if not token:
            log.warning("%s: line %d has an empty token and is skipped", source, number)
            continue
        if token in users:
            log.warning("%s: line %d repeats the token of %s", source, number, users[token].name)
        groups = tuple(group.strip() for group in row[3].split(",") if group.strip()) if len(row) > 3 else ()
        users[token] = User(name, groups, uid)
    return users

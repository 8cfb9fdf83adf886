"""The user of requests that show no credentials at all."""

from __future__ import annotations

from pybernetes.apiserver.user import ANONYMOUS, UNAUTHENTICATED_GROUP, User

ANONYMOUS_USER = User(ANONYMOUS, (UNAUTHENTICATED_GROUP,))

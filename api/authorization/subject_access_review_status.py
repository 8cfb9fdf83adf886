"""Subject access review status: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict


class SubjectAccessReviewStatus(TypedDict, total=False):
    """Whether a user may do something."""

    allowed: Required[bool]
    "Whether it is allowed."
    denied: bool
    "Whether it is forbidden outright. If it is neither this nor allowed, nobody has said anything."
    evaluationError: str
    "What went wrong with finding out, although there may be an answer all the same."
    reason: str
    "Why it is so."

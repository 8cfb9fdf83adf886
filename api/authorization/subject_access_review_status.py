"""Subject access review status: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict


class SubjectAccessReviewStatus(TypedDict, total=False):
    allowed: Required[bool]
    denied: bool
    evaluationError: str
    reason: str

"""What can be wrong with a patch."""

from __future__ import annotations


class PatchError(ValueError):
    """The patch is malformed or does not fit the object. The message says where; the API server answers 400 or 422.

    `code` is that status: 400 for a patch that cannot be read, 413 for one that is too long, 422 for one that does
    not fit the object, 500 where Kubernetes has no class for the error.
    """

    def __init__(self, message: str, code: int = 422):
        super().__init__(message)
        self.code = code

"""`annotate`: set and remove annotations."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.marking import MARK_FLAGS, mark
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    return mark(session, "annotations", "annotation", "annotated", "annotated", "annotated")


COMMAND = Command(
    "annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
    "Update the annotations on a resource",
    run,
    MARK_FLAGS,
)

"""`rollout history`: the revisions that there are, or the template of one."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import annotations_of
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import FILES, PRINTING, SELECTOR
from pybernetes.pyctl.output.printer import object_printer
from pybernetes.pyctl.output.tables import NONE, align
from pybernetes.pyctl.rollouts import CHANGE_CAUSE, revisions_of, template_of
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, each

Json = dict[str, Any]
FLAGS = (*FILES, SELECTOR, *PRINTING, Flag("revision", "int", 0, help="See the details of this revision"))


def run(session: Session) -> int:
    if not session.values.arguments and not session.values.items("filename"):
        raise Failure("required resource not specified")
    each(session, [], lambda found: _show(session, found), need_choice=False)
    return 0


def _show(session: Session, found: Found) -> None:
    revisions, wanted = revisions_of(session, found), session.values.number("revision")
    if wanted:
        if wanted not in revisions:
            raise Failure("unable to find the specified revision")
        printer = object_printer(session)
        if printer is not None:
            session.write(printer(revisions[wanted]).rstrip("\n"))
            return
        from pybernetes.pyctl.describing.pods import describe_template

        session.write(f"{found.label} with revision #{wanted}")
        session.write("Pod Template:\n" + describe_template(template_of(revisions[wanted])).rstrip("\n"))
        return
    if not revisions:
        session.write(f"{found.label} \nNo rollout history found.")
        return
    rows = [["REVISION", "CHANGE-CAUSE"]]
    rows += [[str(number), annotations_of(revisions[number]).get(CHANGE_CAUSE) or NONE] for number in sorted(revisions)]
    session.write(f"{found.label} ")
    for line in align(rows):
        session.write(line)
    session.write("")


COMMAND = Command("rollout history (TYPE NAME | TYPE/NAME) [flags]", "View rollout history", run, FLAGS)

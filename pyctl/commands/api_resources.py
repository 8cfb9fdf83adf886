"""`api-resources`: what the server has."""

from __future__ import annotations

from pybernetes.api.resources import Resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import OUTPUT
from pybernetes.pyctl.output.tables import align
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    values = session.values
    if values.arguments:
        raise Failure(
            f"unexpected arguments: [{' '.join(values.arguments)}]\nSee 'pyctl api-resources -h' for help and examples"
        )
    output = values.text("output")
    if output not in ("", "wide", "name"):
        raise Failure(f"--output {output} is not available")
    if values.text("sort-by") not in ("", "name", "kind"):
        raise Failure("--sort-by accepts only name or kind")
    found = [one for one in session.names.preferred if _is_wanted(session, one)]
    order = {"name": lambda one: one.plural, "kind": lambda one: one.kind}.get(values.text("sort-by"))
    found.sort(key=order or (lambda one: (one.group, one.plural)))
    if output == "name":
        for one in found:
            session.write(one.qualified_name)
        return 0
    wide = output == "wide"
    titles = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", *(["VERBS", "CATEGORIES"] if wide else [])]
    rows = [] if values.on("no-headers") else [titles]
    for one in found:
        cells = [one.plural, ",".join(one.short_names), one.api_version, str(one.namespaced).lower(), one.kind]
        rows.append([*cells, ",".join(one.verbs), ",".join(one.categories)] if wide else cells)
    for line in align(rows):
        session.write(line)
    return 0


def _is_wanted(session: Session, one: Resource) -> bool:
    values = session.values
    if values.given("api-group") and one.group != values.text("api-group"):
        return False
    if values.given("namespaced") and one.namespaced != values.on("namespaced"):
        return False
    if not set(values.items("verbs")) <= set(one.verbs):
        return False
    return set(values.items("categories")) <= set(one.categories)


COMMAND = Command(
    "api-resources",
    "Print the supported API resources on the server",
    run,
    (
        OUTPUT,
        Flag("api-group", help="Limit to resources in the specified API group."),
        Flag("namespaced", "bool", True, help="Only those in a namespace, or with =false the others."),
        Flag("verbs", "slice", (), help="Limit to resources that support the specified verbs."),
        Flag("categories", "slice", (), help="Limit to resources that belong to the specified categories."),
        Flag("no-headers", "bool", False, help="Print no header line."),
        Flag("sort-by", help="name or kind"),
    ),
)

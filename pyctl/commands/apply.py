"""`apply`: bring objects to the state that files describe, and leave alone what the files never spoke of.

Client-side: what was applied last is in an annotation; a patch is made of that, the file and the live object, and sent
only when it changes something. A conflict is tried again from a fresh read. Server-side: the file is sent as it is and
the server knows who owns which field.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import name_of
from pybernetes.api.resources import resource_for_kind
from pybernetes.pyctl import manifests
from pybernetes.pyctl.applied import LAST_APPLIED, last_applied, with_last_applied
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all, with_context
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import DRY_RUN, FIELD_MANAGER, FILES, PRINTING, SELECTOR, TIMEOUT, VALIDATE
from pybernetes.pyctl.manifests import Manifest
from pybernetes.pyctl.output.json_text import compact
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import label

Json = dict[str, Any]
CLIENT_MANAGER, SERVER_MANAGER = "kubectl-client-side-apply", "kubectl"
STRATEGIC, MERGE, APPLY = (
    "application/strategic-merge-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
)
MAX_CONFLICT_RETRIES = 5

FLAGS = (
    *FILES,
    SELECTOR,
    *PRINTING,
    DRY_RUN,
    FIELD_MANAGER,
    VALIDATE,
    TIMEOUT,
    Flag("overwrite", "bool", True, help="Resolve conflicts between the live object and the file for the file."),
    Flag("server-side", "bool", False, help="Let the server merge, with field ownership."),
    Flag("force-conflicts", "bool", False, help="With --server-side: take over fields that others own."),
    Flag("force", "bool", False, help="Delete and create anew what cannot be changed."),
    Flag("grace-period", "int", -1, help="With --force: seconds that the old object has to end"),
)


def run(session: Session) -> int:
    values = session.values
    if not values.items("filename"):
        raise Failure("must specify one of -f and -k")
    if values.arguments:
        raise Failure(f"Unexpected args: [{' '.join(values.arguments)}]\nSee 'pyctl apply -h' for help and examples")
    if values.on("force-conflicts") and not values.on("server-side"):
        raise Failure("--force-conflicts only works with --server-side")
    if session.dry_run == "client" and values.on("server-side"):
        raise Failure("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
    errors: list[Exception] = []
    count = 0
    for manifest in manifests.load(session):
        if isinstance(manifest, Exception):
            errors.append(manifest)
            continue
        if values.text("selector") and not _is_selected(values.text("selector"), manifest.obj):
            continue
        count += 1
        try:
            (_apply_on_server if values.on("server-side") else _apply)(session, manifest)
        except APIError as error:
            errors.append(error)
        except Failure as error:
            errors.append(error)
    if not count and not errors:
        raise Failure("no objects passed to apply")
    raise_all(errors)
    return 0


def _is_selected(selector: str, obj: Json) -> bool:
    from pybernetes.api.object import labels_of
    from pybernetes.api.selectors import parse_label_selector

    return bool(parse_label_selector(selector).matches(labels_of(obj)))


def _apply(session: Session, manifest: Manifest) -> None:
    """One object, client-side. Raises `APIError`, `Failure`."""
    if not manifest.name:
        raise _cannot_generate(manifest)
    modified = with_last_applied(manifest.obj)
    path = manifest.resource.path(manifest.namespace, manifest.name)
    what = label(manifest.resource, manifest.name)
    for attempt in range(MAX_CONFLICT_RETRIES + 1):
        current = read_or_none(session, path, manifest)
        if current is None:
            _create(session, manifest, modified)
            return
        if last_applied(current) is None:
            session.warn(_missing_annotation(manifest))
        content, patch = make_patch(manifest.obj, modified, current)
        if not patch and session.dry_run != "client":
            report(session, current, f"{what} unchanged")
            return
        if session.dry_run == "client":
            report(session, _patched(current, content, patch, modified), f"{what} configured")
            return
        try:
            done = session.connection.json("PATCH", path, session.write_query(CLIENT_MANAGER), patch, content=content)
        except APIError as error:
            if is_conflict(error) and attempt < MAX_CONFLICT_RETRIES:
                continue
            if session.values.on("force") and error.reason in ("Conflict", "Invalid"):
                done = _replace(session, manifest, modified)
            else:
                raise _patch_failure(error, manifest, patch) from error
        report(session, done, f"{what} configured" if done != current else f"{what} unchanged")
        return


def _cannot_generate(manifest: Manifest) -> Failure:
    generate = (manifest.obj.get("metadata") or {}).get("generateName")
    if generate:
        return Failure(f"from {generate}: cannot use generate name with apply")
    return Failure(
        f'error when retrieving current configuration of:\n{_about(manifest)}\nfrom server for: "'
        f'{manifest.source}": resource name may not be empty'
    )


def read_or_none(session: Session, path: str, manifest: Manifest) -> Json | None:
    """The live object, or None when there is none."""
    try:
        return session.connection.json("GET", path)
    except APIError as error:
        if is_not_found(error):
            return None
        context = (
            f'error when retrieving current configuration of:\n{_about(manifest)}\nfrom server for: "{manifest.source}"'
        )
        raise with_context(error, context) from error


def _create(session: Session, manifest: Manifest, modified: Json) -> None:
    made = modified
    if session.dry_run != "client":
        path = manifest.resource.path(manifest.namespace)
        try:
            made = session.connection.json(
                "POST", path, session.write_query(CLIENT_MANAGER), modified, content="application/json"
            )
        except APIError as error:
            raise with_context(error, f'error when creating "{manifest.source}"') from error
    report(session, made, f"{label(manifest.resource, name_of(made))} created")


def make_patch(obj: Json, modified: Json, current: Json) -> tuple[str, Json]:
    """(content type, patch): strategic for kinds whose shape we know, a JSON merge patch for others."""
    original = last_applied(current) or {}
    resource = resource_for_kind(obj["apiVersion"], obj["kind"])
    if resource is None or resource.module.startswith("apiextensions"):
        from pybernetes.api.patch.merge_patch import create_merge_patch

        return MERGE, create_merge_patch(original, modified, current)
    from pybernetes.api.definition import definition_of
    from pybernetes.api.patch.errors import PatchError
    from pybernetes.api.patch.strategic_create import create_strategic_patch

    try:
        return STRATEGIC, create_strategic_patch(original, modified, current, definition_of(resource).tree)
    except PatchError as error:
        raise Failure(f"creating patch with:\noriginal:\n{compact(original)}\nfor: {error}") from error


def _patched(current: Json, content: str, patch: Json, modified: Json) -> Json:
    """What a client-side dry run shows: the live object with the patch on it."""
    if content == MERGE:
        from pybernetes.api.patch.merge_patch import apply_merge_patch

        merged: Json = apply_merge_patch(current, patch)
        return merged
    from pybernetes.api.definition import definition_of
    from pybernetes.api.patch.strategic_merge import apply_strategic_merge

    resource = resource_for_kind(modified["apiVersion"], modified["kind"])
    assert resource is not None
    return apply_strategic_merge(current, patch, definition_of(resource).tree)


def _patch_failure(error: APIError, manifest: Manifest, patch: Json) -> Exception:
    inner = with_context(error, f'error when patching "{manifest.source}"')
    return with_context(
        inner,
        f'error when applying patch:\n{compact(patch)}\nto:\n{_about(manifest)}\nfor: "{manifest.source}"',
    )


def _about(manifest: Manifest) -> str:
    resource = manifest.resource
    return (
        f'Resource: "{resource.group and resource.group + "/"}{resource.version}, Resource={resource.plural}", '
        f'GroupVersionKind: "{resource.group and resource.group + "/"}{resource.version}, Kind={resource.kind}"\n'
        f'Name: "{manifest.name}", Namespace: "{manifest.namespace}"'
    )


def _missing_annotation(manifest: Manifest) -> str:
    return (
        f"resource {manifest.resource.plural}/{manifest.name} is missing the {LAST_APPLIED} annotation which is "
        "required by pyctl apply. pyctl apply should only be used on resources created declaratively by either "
        "pyctl create --save-config or pyctl apply. The missing annotation will be patched automatically."
    )


def _replace(session: Session, manifest: Manifest, modified: Json) -> Json:
    """Delete the live object, wait until it is gone, create the new one."""
    from pybernetes.pyctl.deleting import delete_and_wait

    grace = session.values.number("grace-period")
    delete_and_wait(session, manifest.resource, manifest.namespace, manifest.name, grace_seconds=grace)
    return session.connection.json(
        "POST", manifest.resource.path(manifest.namespace), session.write_query(CLIENT_MANAGER), modified
    )


def _apply_on_server(session: Session, manifest: Manifest) -> None:
    if not manifest.name:
        raise _cannot_generate(manifest)
    query = session.write_query(SERVER_MANAGER)
    query.append(("force", "true" if session.values.on("force-conflicts") else "false"))
    path = manifest.resource.path(manifest.namespace, manifest.name)
    try:
        done = session.connection.json("PATCH", path, query, manifest.obj, content=APPLY)
    except APIError as error:
        if is_conflict(error):
            raise Failure(_conflict_text(error)) from error
        raise
    report(session, done, f"{label(manifest.resource, manifest.name)} serverside-applied")


def _conflict_text(error: APIError) -> str:
    return (
        f"{error.message}\nPlease review the fields above--they currently have other managers. Here\n"
        "are the ways you can resolve this warning:\n"
        "* If you intend to manage all of these fields, please re-run the apply\n"
        "  command with the `--force-conflicts` flag.\n"
        "* If you do not intend to manage all of the fields, please edit your\n"
        "  manifest to remove references to the fields that should keep their\n"
        "  current managers.\n"
        "* You may co-own fields by updating your manifest to match the existing\n"
        "  value; in this case, you'll become the manager if the other manager(s)\n"
        "  stop managing the field (remove it from their configuration).\n"
        "See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"
    )


COMMAND = Command(
    "apply (-f FILENAME | -k DIRECTORY)", "Apply a configuration to a resource by file name or stdin", run, FLAGS
)

"""What a command works with: the user's flags, the cluster, and where to print.

Everything is made when it is first asked for: `pyctl version --client` reads no kubeconfig and opens no socket.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.failures import Failure, UsageFailure
from pybernetes.pyctl.flags import Values, parse_duration
from pybernetes.pyctl.global_flags import GLOBAL_FLAGS

if TYPE_CHECKING:
    from pybernetes.api.resources import Resource
    from pybernetes.pyctl.connection import Connection
    from pybernetes.pyctl.naming import Names

Json = dict[str, Any]


class Session:
    """One call of the command line."""

    def __init__(self, values: Values):
        self.values = values
        self.warnings = 0
        self.objects_printed = 0  # YAML documents after the first are set apart

    def write(self, text: str) -> None:
        """Print a line."""
        sys.stdout.write(text + "\n")

    def warn(self, text: str) -> None:
        """Print a warning on standard error."""
        self.warnings += 1
        sys.stdout.flush()
        print(f"Warning: {text}", file=sys.stderr)

    def complain(self, text: str) -> None:
        """Print on standard error as it is."""
        sys.stdout.flush()
        print(text, file=sys.stderr)

    @cached_property
    def access(self) -> kubeconfig.Access:
        values = self.values
        impersonate = [("Impersonate-User", values.text("as"))] if values.text("as") else []
        impersonate += [("Impersonate-Uid", values.text("as-uid"))] if values.text("as-uid") else []
        impersonate += [("Impersonate-Group", group) for group in values.items("as-group")]
        return kubeconfig.access(
            kubeconfig.load(values.text("kubeconfig")),
            kubeconfig.Overrides(
                context=values.text("context"),
                cluster=values.text("cluster"),
                user=values.text("user") if values.is_from(GLOBAL_FLAGS, "user") else "",
                server=values.text("server"),
                namespace=values.text("namespace"),
                token=values.text("token") if values.is_from(GLOBAL_FLAGS, "token") else "",
                certificate_authority=values.text("certificate-authority"),
                client_certificate=values.text("client-certificate"),
                client_key=values.text("client-key"),
                tls_server_name=values.text("tls-server-name"),
                insecure=values.on("insecure-skip-tls-verify"),
                impersonate=tuple(impersonate),
            ),
        )

    @cached_property
    def connection(self) -> Connection:
        from pybernetes.pyctl.connection import Connection

        timeout = self.values.text("request-timeout")
        try:
            seconds = float(timeout) if timeout.isdigit() else parse_duration(timeout)
        except ValueError as error:
            raise UsageFailure(f"Invalid timeout value: {error}") from error
        return Connection(self.access, timeout_seconds=seconds, verbosity=self.values.number("v"), warn=self.warn)

    @cached_property
    def names(self) -> Names:
        from pybernetes.pyctl.naming import Names

        return Names(self)

    @property
    def namespace(self) -> str:
        return self.access.namespace

    @property
    def namespace_is_forced(self) -> bool:
        """Whether the user named the namespace on the command line."""
        return bool(self.values.text("namespace"))

    def namespace_for(self, resource: Resource) -> str:
        """The namespace to put into paths of a resource; empty for what has none."""
        return self.namespace if resource.namespaced else ""

    @cached_property
    def dry_run(self) -> str:
        """``none``, ``client`` or ``server``. Raises `Failure`."""
        said = self.values.text("dry-run") if self.values.has("dry-run") else "none"
        if said == "unchanged":
            self.warn("--dry-run is deprecated and can be replaced with --dry-run=client.")
            return "client"
        if said in ("true", "false"):
            raise Failure(f'Invalid dry-run value ({said}). Must be "none", "server", or "client".')
        if said not in ("none", "client", "server"):
            raise Failure(f'Invalid dry-run value ({said}). Must be "none", "server", or "client".')
        return said

    def done(self, message: str) -> str:
        """A message with what dry-run adds to it."""
        suffix = {"client": " (dry run)", "server": " (server dry run)"}.get(self.dry_run, "")
        return message + suffix

    def write_query(self, manager: str) -> list[tuple[str, str]]:
        """The query of a write: dry run, field manager and validation as flags say."""
        values = self.values
        given = values.text("field-manager") if values.has("field-manager") else ""
        query = [("fieldManager", given or manager)]
        if self.dry_run == "server":
            query.append(("dryRun", "All"))
        if values.has("validate"):
            query.append(("fieldValidation", field_validation(values.text("validate"))))
        return query


def field_validation(said: str) -> str:
    """The server's word for what --validate says. Raises `Failure`."""
    known = {"true": "Strict", "strict": "Strict", "warn": "Warn", "false": "Ignore", "ignore": "Ignore"}
    if said.lower() not in known:
        raise Failure(f'invalid - validate option "{said}"; must be one of: strict (or true), warn, ignore (or false)')
    return known[said.lower()]

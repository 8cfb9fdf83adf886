"""``python -m pybernetes.apiserver``: the API server as a process of its own."""

from __future__ import annotations

import logging
import sys

from pybernetes.apiserver.flags.accepted import without_effect
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.version import GIT_VERSION
from pybernetes.component import logs
from pybernetes.component.flag_set import HelpWanted, read_flags, usage
from pybernetes.component.process import run_component

log = logging.getLogger(__name__)

_PROGRAM = "kube-apiserver"
_ABOUT = f"""Serves the Kubernetes API from a store: {_PROGRAM}, in Python.

Usage:
  python -m pybernetes.apiserver [flags]
"""


async def serve(options: Options) -> None:
    from pybernetes.apiserver.opening import open_server

    server = await open_server(options)
    try:
        await server.run()
    finally:
        await server.close()


def main(arguments: list[str] | None = None) -> int:
    """The exit code. What is wrong with the flags is told on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if any(argument.partition("=")[0] == "--version" for argument in arguments):
        print(f"Kubernetes {GIT_VERSION}")
        return 0
    try:
        options = read_flags(_PROGRAM, Options, arguments, told=_tell)
    except HelpWanted:
        print(f"{_ABOUT}\n{usage(Options)}")
        return 0
    except ValueError as error:
        _tell(f"Error: {error}")
        return 1
    logs.configure(verbosity=options.logs.verbosity, form=options.logs.logging_format)
    for flag in without_effect(options.accepted):
        log.warning("a flag has no effect here", extra={"flag": flag})
    return run_component("apiserver", serve(options))


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

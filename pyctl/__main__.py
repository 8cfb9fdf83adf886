"""Where `pyctl` starts: find the command, read its flags, run it, say what failed."""

from __future__ import annotations

import os
import sys

from pybernetes.pyctl import registry
from pybernetes.pyctl.failures import Exit, Failure, UsageFailure, describe
from pybernetes.pyctl.flags import parse, split_words
from pybernetes.pyctl.global_flags import GLOBAL_FLAGS
from pybernetes.pyctl.session import Session

INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main(argv: list[str] | None = None) -> int:
    """Run one call of the command line and give its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has left: nothing more can be said there, also not when Python flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["__complete"]:
        from pybernetes.pyctl.completing import complete

        sys.stdout.write("".join(f"{choice}\n" for choice in complete(arguments[1:])))
        return 0
    places = split_words(GLOBAL_FLAGS, arguments)
    found = registry.find([arguments[place] for place in places])
    if not found or found == ["options"] or [arguments[place] for place in places[:1]] == ["help"]:
        return _no_command(arguments, places)
    if found[0] in registry.LAUNCHER:
        return _launch(found[0], [word for index, word in enumerate(arguments) if index != places[0]])
    skipped = set(places[: len(found)])
    rest = [word for index, word in enumerate(arguments) if index not in skipped]
    return _run_command(found, rest)


def _run_command(found: list[str], rest: list[str]) -> int:
    called = " ".join(["pyctl", *found])
    try:
        command = registry.load(found)
        values = parse((*GLOBAL_FLAGS, *(command.flags if command else ())), rest)
        if values.on("help") or command is None:
            from pybernetes.pyctl.help import command_help

            unknown = values.arguments[:1]
            if command is None and unknown and not values.on("help"):
                raise UsageFailure(f'unknown command "{unknown[0]}" for "{called}"')
            sys.stdout.write(command_help(found, command))
            return 0
        session = Session(values)
        code = command.run(session)
        if values.on("warnings-as-errors") and session.warnings:
            plural = "" if session.warnings == 1 else "s"
            raise Failure(f"{session.warnings} warning{plural} received")
        return code
    except Exit as error:
        return error.code
    except Exception as error:
        if os.environ.get("PYCTL_TRACEBACK"):
            raise
        sys.stdout.flush()
        if _is_bug(error):
            raise
        print(describe(error), file=sys.stderr)
        if isinstance(error, UsageFailure):
            print(f"See '{called} --help' for usage.", file=sys.stderr)
        return getattr(error, "code", 1) if isinstance(error, Failure) else 1


def _is_bug(error: Exception) -> bool:
    """Whether it is none of the failures that commands mean to report: its traceback is what a reader needs."""
    from pybernetes.api.errors import APIError
    from pybernetes.pyctl.failures import Failures

    return not isinstance(error, APIError | Failure | Failures | OSError)


def _no_command(arguments: list[str], places: list[int]) -> int:
    words = [arguments[place] for place in places]
    from pybernetes.pyctl.help import command_help, global_help, options_help

    if words[:1] == ["help"]:
        found = registry.find(words[1:])
        sys.stdout.write(command_help(found, registry.load(found)) if found else global_help())
        return 0
    if words[:1] == ["options"]:
        sys.stdout.write(options_help())
        return 0
    if words:
        print(f'Error: unknown command "{words[0]}" for "pyctl"', file=sys.stderr)
        close = _similar(words[0])
        if close:
            print("\nDid you mean this?\n" + "".join(f"\t{name}\n" for name in close), file=sys.stderr)
        return 1
    sys.stdout.write(global_help())
    return 0


def _similar(word: str) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, registry.commands(), n=3)


def _launch(name: str, rest: list[str]) -> int:
    import importlib

    return int(importlib.import_module(f"pybernetes.launcher.{name}").main(rest))


if __name__ == "__main__":
    sys.exit(main())

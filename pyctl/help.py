"""Help texts, made of what commands declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pybernetes.pyctl import registry
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import GLOBAL_FLAGS

if TYPE_CHECKING:
    from pybernetes.pyctl.command import Command

LAUNCHER_SUMMARIES = {"up": "Start a cluster on this machine", "down": "Stop the cluster on this machine"}


def flag_lines(flags: tuple[Flag, ...]) -> list[str]:
    """One entry a flag, as kubectl's help has them."""
    lines = []
    for flag in sorted(flags):
        short = f"-{flag.short}, " if flag.short else "    "
        default = {"bool": "true" if flag.default else "false", "slice": "[]", "array": "[]", "duration": "0s"}.get(
            flag.kind, f"{flag.default}" if flag.kind == "int" else f"'{flag.default}'"
        )
        lines += [f"    {short}--{flag.name}={default}:", f"\t{flag.help}", ""]
    return lines


def command_help(found: list[str], command: Command | None) -> str:
    """The help of one command, or of a group."""
    called = " ".join(found)
    lines: list[str] = []
    if command is not None:
        lines += [command.summary, ""]
        if command.examples:
            lines += ["Examples:", *(f"  {line}" for line in command.examples.strip().splitlines()), ""]
    if registry.subcommands(called):
        lines += ["Available Commands:", *_listing(found, registry.subcommands(called)), ""]
    if command is not None and command.flags:
        lines += ["Options:", *flag_lines(command.flags)]
    usage = command.usage if command is not None else f"{called} COMMAND [flags]"
    lines += ["Usage:", f"  pyctl {usage}", "", 'Use "pyctl options" for a list of global command-line options.']
    return "\n".join(lines) + "\n"


def options_help() -> str:
    return "\n".join(["The following options can be passed to any command:", "", *flag_lines(GLOBAL_FLAGS)])


def global_help() -> str:
    """All commands with a line each."""
    lines = ["pyctl controls the cluster: kubectl's commands, and up and down for a cluster of one's own.", ""]
    lines += ["Commands:", *_listing([], registry.commands()), "", "Usage:", "  pyctl [flags] [options]", ""]
    lines += ['Use "pyctl <command> --help" for more information about a given command.']
    return "\n".join(lines) + "\n"


def _listing(group: list[str], names: list[str]) -> list[str]:
    width = max(len(name) for name in names) + 3
    return [f"  {name.ljust(width)}{_summary([*group, name])}".rstrip() for name in names]


def _summary(found: list[str]) -> str:
    if found[0] in LAUNCHER_SUMMARIES:
        return LAUNCHER_SUMMARIES[found[0]]
    if found == ["options"]:
        return "Print the list of flags inherited by all commands"
    command = registry.load(found)
    if command is not None:
        return command.summary
    return f"Commands: {', '.join(registry.subcommands(' '.join(found)))}"

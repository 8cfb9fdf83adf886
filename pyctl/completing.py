"""What may come next on the command line, for the shells' completion.

The last word is the one being typed. Flags and commands are known without asking anyone; types come from the
built-in table, and names of objects from the server, quietly: a shell that waits for Tab gets nothing rather than an
error.
"""

from __future__ import annotations

from pybernetes.api.errors import APIError
from pybernetes.api.object import name_of
from pybernetes.api.resources import RESOURCES
from pybernetes.pyctl import registry
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag, parse, split_words
from pybernetes.pyctl.global_flags import GLOBAL_FLAGS

TAKES_TYPES = (
    ["annotate", "delete", "describe", "edit", "expose", "get", "label", "patch", "scale", "wait"]
    + [f"rollout {name}" for name in registry.subcommands("rollout")]
    + [f"set {name}" for name in registry.subcommands("set")]
)
TAKES_PODS = ("attach", "exec", "logs", "port-forward")
TAKES_NODES = ("cordon", "drain", "uncordon")
DEADLINE = "2s"  # a Tab that takes longer feels broken


def complete(words: list[str]) -> list[str]:
    """The choices for the last of the words."""
    *before, typed = words or [""]
    places = split_words(GLOBAL_FLAGS, before)
    found = registry.find([before[place] for place in places])
    command = registry.load(found) if found and found[0] not in registry.LAUNCHER else None
    flags = (*GLOBAL_FLAGS, *(command.flags if command else ()))
    if typed.startswith("-"):
        return _matching([f"--{flag.name}" for flag in flags], typed)
    if before and (flag := _flag_that_waits(flags, before[-1])) is not None:
        return _matching(_flag_values(flag, words), typed)
    subcommands = registry.subcommands(" ".join(found)) if found else registry.commands()
    arguments = [before[place] for place in places][len(found) :]
    if subcommands and not arguments:
        return _matching(subcommands, typed)
    return _matching(_arguments(" ".join(found), arguments, typed, before), typed)


def _matching(choices: list[str], typed: str) -> list[str]:
    return sorted({choice for choice in choices if choice.startswith(typed)})


def _flag_that_waits(flags: tuple[Flag, ...], word: str) -> Flag | None:
    """The flag whose value is being typed, if the word before is one that needs a value."""
    for flag in flags:
        if not flag.value_when_bare and word in (f"--{flag.name}", f"-{flag.short}" if flag.short else ""):
            return flag
    return None


def _flag_values(flag: Flag, words: list[str]) -> list[str]:
    if flag.name == "namespace":
        return _names("namespaces", words)
    if flag.name == "output":
        return ["json", "name", "wide", "yaml", "jsonpath=", "custom-columns="]
    if flag.name == "context":
        from pybernetes.pyctl import kubeconfig

        return [str(entry["name"]) for entry in kubeconfig.load()["contexts"]]
    return []


def _arguments(command: str, arguments: list[str], typed: str, before: list[str]) -> list[str]:
    if command in TAKES_PODS:
        return _names("pods", before) if not arguments else []
    if command in TAKES_NODES:
        return _names("nodes", before)
    if command not in TAKES_TYPES:
        return []
    if arguments:
        return _names(arguments[0], before)
    if "/" in typed:
        kind = typed.partition("/")[0]
        return [f"{kind}/{name}" for name in _names(kind, before)]
    return [resource.plural for resource in RESOURCES if "list" in resource.verbs]


def _names(kind: str, words: list[str]) -> list[str]:
    """Names of a type's objects, empty when the server does not say."""
    from pybernetes.pyctl.session import Session
    from pybernetes.pyctl.targets import Target, list_objects

    chosen = [word for flag in ("-n", "--namespace", "--context", "--kubeconfig") for word in _with_value(words, flag)]
    session = Session(parse(GLOBAL_FLAGS, ["--request-timeout", DEADLINE, *chosen]))
    try:
        resource = session.names.resolve(kind)
        return [name_of(obj) for obj in list_objects(session, Target(resource, session.namespace_for(resource)))]
    except (APIError, Failure, OSError):
        return []


def _with_value(words: list[str], flag: str) -> list[str]:
    for index, word in enumerate(words[:-1]):
        if word == flag:
            return [word, words[index + 1]]
    return [word for word in words if word.startswith(f"{flag}=")]

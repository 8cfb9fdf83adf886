"""Every command by name, and the module that holds it.

Modules are named, not imported: a call imports the one that it runs. A command's module has a `COMMAND`. Groups
(``rollout status``) have a folder; what the group does without a subcommand is in its ``__init__``, if it has a
`COMMAND`. `up` and `down` belong to the launcher, which parses their arguments itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pybernetes.pyctl.command import Command

_PLAIN = """
    annotate api-resources api-versions apply attach cluster-info completion cordon cp delete describe diff drain edit
    events exec explain expose get label logs options patch port-forward proxy replace run scale taint uncordon version
    wait
"""

_GROUPS = {
    "auth": "can-i whoami",
    "certificate": "approve deny",
    "config": """
        current-context delete-cluster delete-context delete-user get-clusters get-contexts get-users rename-context
        set set-cluster set-context set-credentials unset use-context view
    """,
    "create": """
        clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget
        priorityclass quota role rolebinding secret service serviceaccount token
    """,
    "create secret": "docker-registry generic tls",
    "create service": "clusterip externalname loadbalancer nodeport",
    "rollout": "history pause restart resume status undo",
    "set": "env image resources selector serviceaccount",
    "top": "node pod",
}

ALIASES = {
    "log": "logs",
    "ns": "namespace",
    "cm": "configmap",
    "sa": "serviceaccount",
    "svc": "service",
    "deploy": "deployment",
    "pdb": "poddisruptionbudget",
    "pc": "priorityclass",
    "nodes": "node",
    "pods": "pod",
    "no": "node",
    "po": "pod",
}
LAUNCHER = ("up", "down")


def commands() -> list[str]:
    """All commands that stand alone or head a group, in order."""
    return sorted({*_PLAIN.split(), *(name for name in _GROUPS if " " not in name), *LAUNCHER})


def subcommands(group: str) -> list[str]:
    """The commands of a group, empty for what is no group."""
    return _GROUPS.get(group, "").split()


def find(words: list[str]) -> list[str]:
    """The longest command that the words begin with: ``rollout status`` of ``rollout status rc/x``; [] when none."""
    found: list[str] = []
    for word in words:
        options = subcommands(" ".join(found)) if found else commands()
        name = word if word in options else ALIASES.get(word, word)
        if name not in options:
            break
        found.append(name)
    return found


def load(found: list[str]) -> Command | None:
    """The command itself, or None for a group that does nothing on its own."""
    name = ".".join(word.replace("-", "_") for word in found)
    module = importlib.import_module(f"pybernetes.pyctl.commands.{name}")
    return getattr(module, "COMMAND", None)

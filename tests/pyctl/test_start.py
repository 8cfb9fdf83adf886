"""Starting must be cheap, and every command must be there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pybernetes.pyctl import registry
from pybernetes.pyctl.command import Command

HEAVY = ("yaml", "pydantic", "aiohttp", "asyncio", "numpy", "grpc", "cryptography", "http.client", "argparse", "email")


def modules_after(kubeconfig: Path, *arguments: str) -> set[str]:
    """What a call has imported when it ends."""
    script = (
        "import sys; sys.stdout = open('/dev/null', 'w'); from pybernetes.pyctl.__main__ import main; "
        f"main({list(arguments)!r}); sys.stderr.write(' '.join(sys.modules))"
    )
    environment = {"KUBECONFIG": str(kubeconfig), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("get", "namespaces"),
        ("get", "pods", "-A", "-o", "wide"),
        ("get", "ns", "default", "-o", "yaml"),
        ("get", "ns", "-o", "json"),
        ("get", "ns", "-o", "jsonpath={.items[*].metadata.name}"),
    ],
)
def test_get_imports_nothing_heavy(kubeconfig: Path, arguments: tuple[str, ...]) -> None:
    loaded = modules_after(kubeconfig, *arguments)
    assert not {name for name in HEAVY if name in loaded}
    assert "pybernetes.pyctl.manifests" not in loaded


def test_the_version_of_the_client_opens_no_socket(kubeconfig: Path) -> None:
    loaded = modules_after(kubeconfig, "version", "--client")
    assert not loaded & {"socket", "ssl", *HEAVY}


def all_commands() -> list[list[str]]:
    found = []
    for name in registry.commands():
        if name not in (*registry.LAUNCHER, "options"):
            found.append([name])
            for sub in registry.subcommands(name):
                found.append([name, sub])
                found += [[name, sub, inner] for inner in registry.subcommands(f"{name} {sub}")]
    return found


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_every_command_is_there(words: list[str]) -> None:
    command = registry.load(words)
    if command is None:
        assert registry.subcommands(" ".join(words)), "a group without commands"
        return
    assert isinstance(command, Command)
    assert command.usage.startswith(" ".join(words))
    names = [flag.name for flag in command.flags]
    shorts = [flag.short for flag in command.flags if flag.short]
    assert len(names) == len(set(names)) and len(shorts) == len(set(shorts))
    assert all(flag.help for flag in command.flags)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["get", "pods"], ["get"]),
        (["rollout", "status", "x"], ["rollout", "status"]),
        (["create", "secret", "tls", "x"], ["create", "secret", "tls"]),
        (["create", "svc", "nodeport"], ["create", "service", "nodeport"]),
        (["create", "cm", "x"], ["create", "configmap"]),
        (["nope"], []),
        ([], []),
    ],
)
def test_finding_commands(words: list[str], found: list[str]) -> None:
    assert registry.find(words) == found

"""Tokens from a credential plugin: the command that a kubeconfig's user names under `exec`."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from pybernetes.pyctl.failures import Failure

Json = dict[str, Any]
DEADLINE_SECONDS = 60  # a plugin may ask the user to log in, but not forever


def token_of(declaration: Json) -> str:
    """Run the plugin and take the token out of its ExecCredential. Raises `Failure`."""
    command = [declaration.get("command", ""), *(declaration.get("args") or ())]
    request = {
        "kind": "ExecCredential",
        "apiVersion": declaration.get("apiVersion", "client.authentication.k8s.io/v1"),
        "spec": {"interactive": False},
    }
    environment = {**os.environ, "KUBERNETES_EXEC_INFO": json.dumps(request)}
    environment.update({pair["name"]: pair["value"] for pair in declaration.get("env") or ()})
    try:
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, check=True, timeout=DEADLINE_SECONDS, text=True
        )
        token: str = json.loads(done.stdout)["status"]["token"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise Failure(f"getting credentials: exec: {error}", prefix="Unable to connect to the server: ") from error
    return token

"""`run`: one pod of an image, left to itself or joined to our terminal, and removed at the end with --rm."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.api.patch.merge_patch import apply_merge_patch
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.deleting import delete
from pybernetes.pyctl.failures import Exit, Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create, pairs
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
POLL_SECONDS = 0.25


def run(session: Session) -> int:
    values = session.values
    if not values.arguments:
        raise Failure("NAME is required for run\nSee 'pyctl run -h' for help and examples")
    if not values.text("image"):
        raise Failure('required flag(s) "image" not set')
    attach = values.on("attach") if values.given("attach") else values.on("stdin") or values.on("tty")
    if values.on("tty") and not values.on("stdin"):
        raise Failure("-i/--stdin is required for containers with -t/--tty=true")
    if values.on("rm") and not attach:
        raise Failure("--rm should only be used for attached containers")
    if attach and session.dry_run != "none":
        raise Failure(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)"
        )
    pod = pod_of(session)
    if not attach:
        create(session, pod, manager="kubectl-run")
        if values.on("expose"):
            create(session, _service_of(session, pod), manager="kubectl-run")
        return 0
    made = session.connection.json(
        "POST", resource("pods").path(session.namespace), session.write_query("kubectl-run"), pod
    )
    try:
        return _join(session, made)
    finally:
        if values.on("rm"):
            delete(session, resource("pods"), session.namespace, made["metadata"]["name"])
            session.write(f'pod "{made["metadata"]["name"]}" deleted')


def pod_of(session: Session) -> Json:
    """The pod that the flags describe. Raises `Failure`."""
    values = session.values
    name, *words = values.arguments
    container: Json = {"name": name, "image": values.text("image"), "resources": {}}
    if words:
        container["command" if values.on("command") else "args"] = words
    if values.items("env"):
        container["env"] = [{"name": key, "value": value} for key, value in pairs(values.items("env"), "env")]
    if values.text("port"):
        container["ports"] = [{"containerPort": int(values.text("port"))}]
    if values.text("image-pull-policy"):
        container["imagePullPolicy"] = values.text("image-pull-policy")
    if values.on("privileged"):
        container["securityContext"] = {"privileged": True}
    if values.on("stdin"):
        container.update(stdin=True, stdinOnce=not values.on("leave-stdin-open"))
    if values.on("tty"):
        container["tty"] = True
    restart = values.text("restart")
    if restart not in ("Always", "OnFailure", "Never"):
        raise Failure(f"invalid restart policy: {restart}")
    labels = dict(pairs(values.text("labels").split(","), "label")) if values.text("labels") else {"run": name}
    metadata: Json = {"name": name, "labels": labels}
    if values.items("annotations"):
        metadata["annotations"] = dict(pairs(values.items("annotations"), "annotation"))
    spec: Json = {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart}
    pod: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    return _overridden(pod, values.text("overrides"))


def _overridden(pod: Json, overrides: str) -> Json:
    if not overrides:
        return pod
    try:
        merged: Json = apply_merge_patch(pod, json.loads(overrides))
    except ValueError as error:
        raise Failure(f"error parsing --overrides: {error}") from error
    return merged


def _service_of(session: Session, pod: Json) -> Json:
    if not session.values.text("port"):
        raise Failure("--port must be set when exposing a service")
    port = int(session.values.text("port"))
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": pod["metadata"]["name"]},
        "spec": {
            "ports": [{"port": port, "protocol": "TCP", "targetPort": port}],
            "selector": pod["metadata"]["labels"],
        },
    }


def _join(session: Session, pod: Json) -> int:
    """Attach once it runs; what a container that ended meanwhile has said comes from its log."""
    from pybernetes.pyctl.remote_streams import interact, stream_query

    values, name = session.values, pod["metadata"]["name"]
    path = resource("pods").path(session.namespace, name)
    state = _wait_for_start(session, path, values.seconds("pod-running-timeout"))
    container = state["spec"]["containers"][0]["name"]
    if (state.get("status") or {}).get("phase") == "Running":
        tty = values.on("tty") and sys.stdin.isatty()
        if not values.on("quiet"):
            session.complain("If you don't see a command prompt, try pressing enter.")
        query = stream_query(container, stdin=values.on("stdin"), tty=tty)
        try:
            interact(session, f"{path}/attach", query, stdin=values.on("stdin"), tty=tty)
        except (APIError, Failure) as error:  # it may have ended between our look at it and the attach
            session.complain(f"warning: couldn't attach to pod/{name}, falling back to streaming logs: {error}")
            _write_log(session, path)
    else:
        _write_log(session, path)
    if values.text("restart") == "Always":
        return 0
    return _exit_code(session, path)


def _write_log(session: Session, path: str) -> None:
    sys.stdout.write(session.connection.request("GET", f"{path}/log", accept="*/*").body.decode(errors="replace"))


def _wait_for_start(session: Session, path: str, timeout_seconds: float) -> Json:
    deadline = time.monotonic() + timeout_seconds
    while True:
        pod = session.connection.json("GET", path)
        if (pod.get("status") or {}).get("phase") not in (None, "Pending", "Unknown"):
            return pod
        if time.monotonic() > deadline:
            raise Failure("timed out waiting for the condition")
        time.sleep(POLL_SECONDS)


def _exit_code(session: Session, path: str) -> int:
    deadline = time.monotonic() + session.values.seconds("pod-running-timeout")
    while time.monotonic() < deadline:
        status = session.connection.json("GET", path).get("status") or {}
        if status.get("phase") == "Succeeded":
            return 0
        if status.get("phase") == "Failed":
            for container in status.get("containerStatuses") or ():
                code = ((container.get("state") or {}).get("terminated") or {}).get("exitCode", 1)
                session.complain(f"pod {path.rpartition('/')[2]} terminated ({status.get('reason') or 'Error'})")
                raise Exit(code)
        time.sleep(POLL_SECONDS)
    return 0


COMMAND = Command(
    'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] '
    "[--command] -- [COMMAND] [args...]",
    "Run a particular image on the cluster",
    run,
    (
        *CREATE_FLAGS,
        Flag("image", help="The image for the container to run."),
        Flag("rm", "bool", False, help="Delete the pod after it exits. Only valid when attaching."),
        Flag("stdin", "bool", False, short="i", help="Keep stdin open on the container."),
        Flag("tty", "bool", False, short="t", help="Allocate a TTY for the container."),
        Flag("attach", "bool", False, help="Wait for the pod to start running, and attach to it."),
        Flag("leave-stdin-open", "bool", False, help="Leave stdin open after the first attach."),
        Flag("restart", default="Always", help="The restart policy: Always, OnFailure, Never"),
        Flag("command", "bool", False, help="The words after the name are the command, not its arguments."),
        Flag("env", "array", (), help="Environment variables to set in the container."),
        Flag("port", help="The port that this container exposes."),
        Flag("expose", "bool", False, help="Create a ClusterIP service for the pod. Requires --port."),
        Flag("labels", short="l", help="Labels for the pod: key=value,…"),
        Flag("annotations", "array", (), help="Annotations for the pod: key=value"),
        Flag("image-pull-policy", help="Always, IfNotPresent or Never"),
        Flag("privileged", "bool", False, help="Run the container in privileged mode."),
        Flag("overrides", help="Inline JSON that is laid over the pod."),
        Flag("quiet", "bool", False, short="q", help="Suppress prompt messages."),
        Flag("pod-running-timeout", "duration", 60.0, help="How long to wait for the pod"),
    ),
)

"""`logs`: what containers wrote, of one pod, of a controller's pods, or of all with a label; followed with -f.

Several streams that are followed are read by a thread each; lines are written whole.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import name_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import SELECTOR
from pybernetes.pyctl.pods import choose_container, container_names, first_pod, pods_of
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Target, find_one, list_objects

Json = dict[str, Any]
TAIL_WITH_SELECTOR = 10  # a label may match many pods: ten lines of each unless told otherwise
FLAGS = (
    SELECTOR,
    Flag("follow", "bool", False, short="f", help="Go on with what is written from now on."),
    Flag("previous", "bool", False, short="p", help="The logs of the container's previous run."),
    Flag("container", short="c", help="The container."),
    Flag("all-containers", "bool", False, help="All containers of the pods."),
    Flag("all-pods", "bool", False, help="All pods of the controller, each line with its source."),
    Flag("prefix", "bool", False, help="Put pod and container before each line."),
    Flag("timestamps", "bool", False, help="Put the time before each line."),
    Flag("tail", "int", -1, help="Only this many lines at the end; -1 for all (10 with a selector)."),
    Flag("since", "duration", 0, help="Only what is newer than this: 5s, 2m, 3h."),
    Flag("since-time", help="Only what is newer than this moment (RFC3339)."),
    Flag("limit-bytes", "int", 0, help="At most this many bytes."),
    Flag("max-log-requests", "int", 5, help="At most this many streams at once with a selector."),
    Flag("ignore-errors", "bool", False, help="Go on when a stream fails."),
    Flag("pod-running-timeout", "duration", 20.0, help="How long to wait for a pod."),
    Flag("insecure-skip-tls-verify-backend", "bool", False, help="Do not check the kubelet's certificate."),
)


class Stream(NamedTuple):
    """One container's log: where to read it, and what to put before its lines."""

    path: str
    container: str
    prefix: str


def run(session: Session) -> int:
    values = session.values
    if not values.arguments and not values.text("selector"):
        raise Failure(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required "
            "argument for the logs command\nSee 'pyctl logs -h' for help and examples"
        )
    if values.text("selector") and values.arguments:
        raise Failure("only a selector (-l) or a POD name is allowed")
    if values.text("since-time") and values.seconds("since"):
        raise Failure("at most one of `sinceTime` or `sinceSeconds` may be specified")
    if values.given("tail") and values.number("tail") < -1:
        raise Failure("--tail must be greater than or equal to -1")
    if len(values.arguments) > 2:
        raise Failure("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.")
    try:
        streams = _streams(session)
    except APIError as error:
        if is_not_found(error):
            said = f'{error.message} in namespace "{session.namespace}"'
            raise Failure(f"error from server (NotFound): {said}") from error
        raise
    query = _query(session)
    if values.on("follow") and len(streams) > 1:
        if len(streams) > values.number("max-log-requests"):
            raise Failure(
                f"you are attempting to follow {len(streams)} log streams, but maximum allowed concurrency is "
                f"{values.number('max-log-requests')}, use --max-log-requests to increase the limit"
            )
        return _follow_all(session, streams, query)
    errors: list[Exception] = []
    for stream in streams:
        try:
            _copy(session, stream, query)
        except APIError as error:
            if not values.on("ignore-errors"):
                raise
            session.complain(f"error: {error.message}")
    raise_all(errors)
    return 0


def _query(session: Session) -> list[tuple[str, str]]:
    values = session.values
    query = []
    for flag in ("follow", "previous", "timestamps"):
        if values.on(flag):
            query.append((flag, "true"))
    tail = values.number("tail")
    if tail == -1 and values.text("selector") and not values.given("tail"):
        tail = TAIL_WITH_SELECTOR
    if tail >= 0:
        query.append(("tailLines", str(tail)))
    if values.seconds("since"):
        query.append(("sinceSeconds", str(max(1, round(values.seconds("since"))))))
    if values.text("since-time"):
        query.append(("sinceTime", values.text("since-time")))
    if values.number("limit-bytes"):
        query.append(("limitBytes", values.text("limit-bytes")))
    if values.on("insecure-skip-tls-verify-backend"):
        query.append(("insecureSkipTLSVerifyBackend", "true"))
    return query


def _streams(session: Session) -> list[Stream]:
    values = session.values
    if values.text("selector"):
        target = Target(resource("pods"), session.namespace)
        pods = list_objects(session, target, [("labelSelector", values.text("selector"))])
        if not pods:
            session.complain(f"No resources found in {session.namespace} namespace.")
        return [stream for pod in pods for stream in _of_pod(session, pod)]
    argument = values.arguments[0]
    if values.on("all-pods"):
        return [stream for pod in pods_of(session, find_one(session, argument)) for stream in _of_pod(session, pod)]
    pod = first_pod(session, argument, wait_seconds=values.seconds("pod-running-timeout"))
    if "/" in argument and not argument.startswith(("pod/", "pods/", "po/")):
        others = pods_of(session, find_one(session, argument))
        if len(others) > 1:
            session.complain(f"Found {len(others)} pods, using pod/{name_of(pod)}")
    return _of_pod(session, pod)


def _of_pod(session: Session, pod: Json) -> list[Stream]:
    values = session.values
    asked = values.text("container") or (values.arguments[1] if len(values.arguments) > 1 else "")
    if values.on("all-containers"):
        if asked:
            raise Failure("--all-containers=true should not be specified with container name " + asked)
        names = container_names(pod)
    elif asked and asked not in container_names(pod):
        raise Failure(f"container {asked} is not valid for pod {name_of(pod)}")
    else:
        names = [choose_container(session, pod, asked)]
    path = resource("pods").path(pod["metadata"]["namespace"], name_of(pod), "log")
    shown = values.on("prefix") or values.on("all-pods")
    return [Stream(path, name, f"[pod/{name_of(pod)}/{name}] " if shown else "") for name in names]


def lines_of(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Whole lines out of pieces, the last one as it is."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in lines)
    if rest:
        yield rest


def _copy(session: Session, stream: Stream, query: list[tuple[str, str]], lock: threading.Lock | None = None) -> None:
    pieces = session.connection.stream(stream.path, [("container", stream.container), *query], accept="*/*")
    if not stream.prefix and lock is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        return
    prefix = stream.prefix.encode()
    guard = lock or threading.Lock()
    for line in lines_of(pieces):
        with guard:
            sys.stdout.buffer.write(prefix + line)
            sys.stdout.buffer.flush()


def _follow_all(session: Session, streams: list[Stream], query: list[tuple[str, str]]) -> int:
    lock, errors = threading.Lock(), []

    def follow(stream: Stream) -> None:
        try:
            _copy(session, stream, query, lock)
        except (APIError, Failure) as error:
            errors.append(error)

    _ = session.connection  # made here, in one thread
    threads = [threading.Thread(target=follow, args=(stream,), name=stream.path, daemon=True) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raise_all([] if session.values.on("ignore-errors") else errors)
    return 0


COMMAND = Command(
    "logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]", "Print the logs for a container in a pod", run, FLAGS
)

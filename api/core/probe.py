"""Probe: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int32, Int64, IntOrString
from pybernetes.api.schema.marks import Atomic, Default


class ExecAction(TypedDict, total=False):
    """A command that is run inside the container."""

    command: Annotated[list[str], Atomic()]
    "The program and its arguments. There is no shell around it."


class GRPCAction(TypedDict, total=False):
    """A call of the gRPC health checking protocol."""

    port: Required[Int32]
    "The port of the container, by number."
    service: Annotated[str | None, Default("")]
    "The name of the service that the health request asks about."


class HTTPGetAction(TypedDict, total=False):
    """An HTTP GET request."""

    host: str
    "The host to connect to; the pod's own address by default."
    httpHeaders: Annotated[list[HTTPHeader], Atomic()]
    "Headers of the request."
    path: Annotated[str, Default("/")]
    "The path of the request."
    port: Required[IntOrString]
    "The port, by number or by the name that the container gives it."
    scheme: Annotated[str, Default("HTTP")]
    "HTTP or HTTPS. Certificates are not verified."


class HTTPHeader(TypedDict, total=False):
    """One header of a request."""

    name: Required[str]
    "The header's name."
    value: Required[str]
    "The header's value."


class Lifecycle(TypedDict, total=False):
    """What happens at the two ends of a container's life."""

    postStart: LifecycleHandler
    "What runs right after the container was made. The container is killed if it fails."
    preStop: LifecycleHandler
    "What runs before the container is asked to stop. Its time counts against the grace period."
    stopSignal: str | None
    "The signal that asks the container to stop; the image's own, or SIGTERM, by default."


class LifecycleHandler(TypedDict, total=False):
    """What runs at a moment of a container's life: one of these."""

    exec: ExecAction
    "A command in the container."
    httpGet: HTTPGetAction
    "An HTTP request."
    sleep: SleepAction
    "A pause."
    tcpSocket: TCPSocketAction
    "Not carried out: a hook that has it fails when it should run."


class SleepAction(TypedDict, total=False):
    """A pause."""

    seconds: Required[Int64]
    "How many seconds it lasts."


class TCPSocketAction(TypedDict, total=False):
    """A TCP connection that is opened and closed."""

    host: str
    "The host to connect to; the pod's own address by default."
    port: Required[IntOrString]
    "The port, by number or by the name that the container gives it."


class Probe(TypedDict, total=False):
    """A check of a container that is repeated while it runs. It has exactly one way of checking."""

    exec: ExecAction
    "A command in the container. It succeeds when it exits with 0."
    failureThreshold: Annotated[Int32, Default(3)]
    "How many failures in a row count as failed."
    grpc: GRPCAction
    "A call of the gRPC health service."
    httpGet: HTTPGetAction
    "An HTTP request. It succeeds with a status from 200 up to 399."
    initialDelaySeconds: Int32
    "How many seconds after the container's start checking begins."
    periodSeconds: Annotated[Int32, Default(10)]
    "How many seconds lie between checks. At least 1."
    successThreshold: Annotated[Int32, Default(1)]
    "How many successes in a row count as recovered. It is 1 for liveness and startup probes."
    tcpSocket: TCPSocketAction
    "A TCP connection. It succeeds when it opens."
    terminationGracePeriodSeconds: Int64 | None
    "The grace period when this probe stops the container, in place of the pod's. Not for readiness probes."
    timeoutSeconds: Annotated[Int32, Default(1)]
    "After how many seconds without an answer a check has failed. At least 1."

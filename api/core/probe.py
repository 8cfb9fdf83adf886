"""Probe: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int32, Int64, IntOrString
from pybernetes.api.schema.marks import Atomic, Default


class ExecAction(TypedDict, total=False):
    command: Annotated[list[str], Atomic()]


class GRPCAction(TypedDict, total=False):
    port: Required[Int32]
    service: Annotated[str | None, Default("")]


class HTTPGetAction(TypedDict, total=False):
    host: str
    httpHeaders: Annotated[list[HTTPHeader], Atomic()]
    path: Annotated[str, Default("/")]
    port: Required[IntOrString]
    scheme: Annotated[str, Default("HTTP")]


class HTTPHeader(TypedDict, total=False):
    name: Required[str]
    value: Required[str]


class Lifecycle(TypedDict, total=False):
    postStart: LifecycleHandler
    preStop: LifecycleHandler
    stopSignal: str | None


class LifecycleHandler(TypedDict, total=False):
    exec: ExecAction
    httpGet: HTTPGetAction
    sleep: SleepAction
    tcpSocket: TCPSocketAction


class SleepAction(TypedDict, total=False):
    seconds: Required[Int64]


class TCPSocketAction(TypedDict, total=False):
    host: str
    port: Required[IntOrString]


class Probe(TypedDict, total=False):
    exec: ExecAction
    failureThreshold: Annotated[Int32, Default(3)]
    grpc: GRPCAction
    httpGet: HTTPGetAction
    initialDelaySeconds: Int32
    periodSeconds: Annotated[Int32, Default(10)]
    successThreshold: Annotated[Int32, Default(1)]
    tcpSocket: TCPSocketAction
    terminationGracePeriodSeconds: Int64 | None
    timeoutSeconds: Annotated[Int32, Default(1)]
